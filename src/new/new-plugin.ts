import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SUPPORTED_API_VERSION } from '../devices/manifest.ts';
import { UsageFailure } from '../errors.ts';
import { packageRoot } from '../paths.ts';
import { pluginFiles } from './templates.ts';

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

export interface NewPlugin {
  /** Absolute. */
  directory: string;
  /** Relative to the directory. */
  files: string[];
  packageName: string;
}

/** Writes a plugin that builds, tests and runs as it is. Throws a UsageFailure if the name or the directory will not do. */
export async function writeNewPlugin(name: string, directory = `pciem-plugin-${name}`): Promise<NewPlugin> {
  if (!NAME.test(name)) {
    throw new UsageFailure(
      `The name ${name} will not do: 1 to 31 lower-case letters, digits and dashes, starting with a letter`,
    );
  }
  const path = resolve(directory);
  if (existsSync(path) && (await readdir(path)).length > 0) {
    throw new UsageFailure(`${path} is there already, and not empty`, ['Choose another one: --directory DIR']);
  }
  const packageName = `pciem-plugin-${name}`;
  const files = pluginFiles({ name, packageName, versions: versions(), apiVersion: SUPPORTED_API_VERSION });
  for (const [file, contents] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), contents);
  }
  return { directory: path, files: Object.keys(files), packageName };
}

/** Those that this pciem has been built with. */
function versions() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  return {
    sdk: `^${dependencies['@pciem/sdk']}`,
    typescript: `^${devDependencies.typescript}`,
    nodeTypes: `^${devDependencies['@types/node']}`,
  };
}
