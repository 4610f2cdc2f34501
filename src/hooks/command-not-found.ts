import type { Hook } from '@oclif/core';
import { renderFailure } from '../render/text.ts';
import { unknownCommand } from '../usage/unknown-command.ts';

/**
 * Says what was probably meant, also where nobody sits at the terminal, unlike the plugin of oclif for this; and never
 * runs it: what these commands do is not for guessing.
 */
const hook: Hook<'command_not_found'> = async ({ id, config }) => {
  const failure = unknownCommand(id, config);
  process.stderr.write(renderFailure(failure));
  process.exit(failure.oclif.exit);
};

export default hook;
