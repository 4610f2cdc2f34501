import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from '@oclif/core';
import { shortenWarnings } from './plugin-warnings.ts';

/** Runs the command line; `entry` is the URL of the script in bin/, from which oclif finds the package. */
export async function main(entry: string): Promise<void> {
  // A reader such as head has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  shortenWarnings();
  const root = fileURLToPath(entry);
  await execute({
    dir: entry,
    ...(hasOldManifest(join(root, '../..')) && { loadOptions: { root, ignoreManifest: true } }),
  });
}

/** In a checkout where tsc has run and the rest of npm run build has not: the manifest may lack a new command. */
function hasOldManifest(root: string): boolean {
  const written = (path: string) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs;
  const built = written('dist/.tsbuildinfo');
  const manifest = written('oclif.manifest.json');
  return built !== undefined && manifest !== undefined && built > manifest;
}
