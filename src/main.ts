import { execute } from '@oclif/core';
import { shortenWarnings } from './plugin-warnings.ts';

/** Runs the command line; `entry` is the URL of the script in bin/, from which oclif finds the package. */
export async function main(entry: string): Promise<void> {
  // A reader such as head has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  shortenWarnings();
  await execute({ dir: entry });
}
