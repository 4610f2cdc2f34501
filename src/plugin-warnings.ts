/** What oclif adds to an error of a plugin. */
interface PluginWarning extends Error {
  detail?: string;
}

/**
 * Warnings in one line: a plugin that cannot be loaded must not fill the terminal at each start. Node would show oclif's
 * report, with a stack.
 */
export function shortenWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => process.stderr.write(`${describeWarning(warning)}\n`));
}

export function describeWarning({ name, message, detail = '' }: PluginWarning): string {
  const text = `${message}\n${detail}`;
  const lost = /could not find package\.json with .*?name: '([^']+)'/s.exec(text)?.[1];
  const plugin = lost ?? /^plugin: (\S+)$/m.exec(text)?.[1];
  if (plugin === undefined) return `pciem: ${name === 'Warning' || name === 'Error' ? '' : `${name}: `}${message}`;
  const reason = lost !== undefined ? 'its files are gone' : (/^message: (.*)$/m.exec(text)?.[1] ?? message);
  return `pciem: the plugin ${plugin} does not work: ${reason.split('\n')[0]} (pciem plugins uninstall ${plugin})`;
}
