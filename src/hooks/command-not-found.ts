import type { Hook } from '@oclif/core';
import { listDevices } from '../devices/installed.ts';
import { closest } from '../devices/similar.ts';
import { UsageFailure } from '../errors.ts';
import { renderFailure } from '../render/text.ts';

/**
 * Says what was probably meant, also where nobody sits at the terminal, unlike the plugin of oclif for this; and never
 * runs it: what these commands do is not for guessing.
 */
const hook: Hook<'command_not_found'> = async ({ id, config }) => {
  const typed = id.replaceAll(':', ' ');
  const commands = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id);
  const guess = closest(id, commands) ?? closest(id.split(':')[0] ?? '', commands);
  const isDevice = listDevices().devices.some(({ name }) => name === typed);
  const failure = new UsageFailure(`There is no command "${typed}"`, [
    ...(isDevice ? [`It is a device: pciem run ${typed}`] : []),
    ...(guess === undefined || isDevice ? [] : [`Did you mean ${guess.replaceAll(':', ' ')}?`]),
    'All commands: pciem --help',
  ]);
  process.stderr.write(renderFailure(failure));
  process.exit(failure.oclif.exit);
};

export default hook;
