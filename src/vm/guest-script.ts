/** The shell script that the guest's init starts: the command in its directory, with its environment. */
export function guestScript(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>): string {
  const exports = Object.entries({ ...inheritedEnvironment(), ...env }).map(
    ([name, value]) => `export ${name}=${quote(value)}`,
  );
  return [...exports, `cd ${quote(cwd)} || exit 1`, `exec ${command.map(quote).join(' ')}`, ''].join('\n');
}

/** Variables that mean the same in the guest; addresses of the host's sessions and displays do not. */
const inherited = /^(HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|NODE_\w+|PCIEM_\w+)$/;

function inheritedEnvironment(): Record<string, string> {
  const result: Record<string, string> = {
    PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`,
  };
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && inherited.test(name)) result[name] = value;
  }
  return result;
}

/** One word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
