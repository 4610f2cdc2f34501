import type { Config } from '@oclif/core';
import { listDevices } from '../devices/installed.ts';
import { closest } from '../devices/similar.ts';
import { UsageFailure } from '../errors.ts';

/** What other programs call it. */
const synonyms: Readonly<Record<string, string>> = {
  completion: 'autocomplete',
  completions: 'autocomplete',
  list: 'devices',
  ls: 'devices',
  plug: 'run',
  shell: 'vm',
  show: 'devices show',
};

/** A command that is not there, `id` as oclif has it (`a:b`): what was probably meant. */
export function unknownCommand(id: string, { commands }: Pick<Config, 'commands'>): UsageFailure {
  const typed = id.replaceAll(':', ' ');
  const isDevice = listDevices().devices.some(({ name }) => name === typed);
  const guesses = isDevice
    ? []
    : guess(
        id,
        commands.filter(({ hidden }) => !hidden).map((command) => command.id),
      );
  return new UsageFailure(`There is no command "${typed}"`, [
    ...(isDevice ? [`It is a device: pciem run ${typed}`] : []),
    ...(guesses.length === 0
      ? []
      : [`Did you mean ${guesses.map((each) => each.replaceAll(':', ' ')).join(', or ')}?`]),
    'All commands: pciem --help',
  ]);
}

function guess(id: string, commands: readonly string[]): string[] {
  const [first = ''] = id.split(':');
  const synonym = synonyms[first];
  if (synonym !== undefined) return [synonym];
  const like = closest(id, commands) ?? closest(first, commands);
  if (like !== undefined) return [like];
  return commands.filter((command) => command.endsWith(`:${first}`));
}
