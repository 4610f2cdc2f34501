import { RunCommand } from './run.ts';

/** The commands by name: oclif does not have to search for them. */
export const COMMANDS = { run: RunCommand };
