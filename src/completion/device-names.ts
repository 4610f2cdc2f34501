import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listDevices } from '../devices/installed.ts';

/** Commands whose first argument is a device. */
const COMMANDS = ['run', 'lspci', 'devices show'];

/** Lets the scripts that oclif has written to its cache directory complete the names of devices, too. */
export async function addDeviceNames(cacheDirectory: string): Promise<void> {
  const names = listDevices().devices.map(({ name }) => name);
  const functions = join(cacheDirectory, 'autocomplete/functions');
  await change(join(functions, 'bash/pciem.bash'), (script) => withBashNames(script, names));
  await change(join(functions, 'zsh/_pciem'), (script) => withZshNames(script, names));
}

async function change(file: string, edit: (script: string) => string): Promise<void> {
  const script = await readFile(file, 'utf8').catch(() => undefined);
  if (script !== undefined) await writeFile(file, edit(script));
}

/** `-o default`: where there is nothing to complete, files. */
export function withBashNames(script: string, names: readonly string[]): string {
  const patterns = COMMANDS.map((command) => `"${command}"`).join('|');
  return `${script}
_pciem_with_devices()
{
  local before="\${COMP_WORDS[*]:1:COMP_CWORD-1}" cur="\${COMP_WORDS[COMP_CWORD]}"
  case "$before" in
    ${patterns})
      if [[ "$cur" != -* ]]; then
        COMPREPLY=($(compgen -W "${names.join(' ')}" -- "$cur") $(compgen -f -- "$cur"))
        return
      fi ;;
  esac
  _pciem_autocomplete
}

complete -o default -F _pciem_with_devices pciem
`;
}

/**
 * In the list of arguments of each command: the first one is a device or a file. In the function of a topic, zsh counts
 * the command itself as an argument.
 */
export function withZshNames(script: string, names: readonly string[]): string {
  return COMMANDS.reduce((text, command) => {
    const words = command.split(' ');
    const device = `"${words.length}: :{compadd -- ${names.join(' ')}; _files}" \\\n"*: :_files"`;
    return text.replace(
      new RegExp(`(\\n\\s*"?${words.at(-1)}"?\\)\\n\\s*_arguments -S \\\\\\n(?:.*\\n)*?)"\\*: :_files"`),
      (_, before: string) => before + device,
    );
  }, script);
}
