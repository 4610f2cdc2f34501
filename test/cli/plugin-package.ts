import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/paths.ts';

export interface PluginFiles {
  /** Merged into the package.json. */
  manifest?: Record<string, unknown>;
  /** Merged into its `pciem`. */
  pciem?: Record<string, unknown>;
  files?: Record<string, string>;
}

/** An address of a registry where nobody listens: the machine has no network. */
export const NO_REGISTRY = 'http://127.0.0.1:9';

const deviceModule = `import { bar, defineDevice, reg32 } from '@pciem/sdk';
import { z } from 'zod';
export default defineDevice({
  name: 'blink',
  options: z.strictObject({ colour: z.string().default('red').describe('What it looks like') }),
  device: () => ({
    identity: { vendor: 0x1234, device: 0x0bee, class: 0xff0000 },
    bars: [bar(0, { size: 4096, registers: { LED: reg32(0x10) } })],
  }),
});
`;

/** Writes a plugin as its author has it, with one device called blink. Returns its directory. */
export function writePlugin(directory: string, { manifest = {}, pciem = {}, files = {} }: PluginFiles = {}): string {
  const contents = {
    name: 'pciem-plugin-blink',
    version: '1.0.0',
    type: 'module',
    files: ['dist'],
    dependencies: { '@pciem/sdk': '^0.1.0', zod: '^4.0.0' },
    pciem: {
      apiVersion: 1,
      devices: [{ name: 'blink', entry: './dist/blink.js', summary: 'Blinks' }],
      ...pciem,
    },
    ...manifest,
  };
  mkdirSync(join(directory, 'dist'), { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify(contents));
  const all = { 'dist/blink.js': deviceModule, ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

/** Packs a package as for publishing. Returns the path of the tarball. */
export async function npmPack(packageDirectory: string, destination: string): Promise<string> {
  const npm = createRequire(import.meta.url).resolve('npm/package.json');
  const { stdout } = await execa(
    process.execPath,
    [join(dirname(npm), 'bin/npm-cli.js'), 'pack', '--json', '--ignore-scripts', `--pack-destination=${destination}`],
    { cwd: packageDirectory },
  );
  return join(destination, (JSON.parse(stdout) as [{ filename: string }])[0].filename);
}

/** A person on a machine: an empty home directory, and a registry to ask. */
export class Person {
  readonly home: string;
  readonly #registry: string;

  constructor(home: string, registry: string = NO_REGISTRY) {
    this.home = home;
    this.#registry = registry;
    mkdirSync(home, { recursive: true });
  }

  /** Runs the built command line; does not block, as the test may be the registry. */
  async pciem(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    return this.pciemIn(this.home, ...args);
  }

  async pciemIn(cwd: string, ...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [join(packageRoot, 'bin/run.js'), ...args], {
      cwd,
      reject: false,
      extendEnv: false,
      env: { PATH: process.env.PATH, HOME: this.home, npm_config_registry: this.#registry, FORCE_COLOR: '0' },
    });
    return { status: exitCode ?? -1, stdout, stderr };
  }
}
