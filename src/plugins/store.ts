import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Failure, messageOf } from '../errors.ts';
import { dataDir } from '../paths.ts';
import { type NpmOptions, runNpm } from './npm.ts';

/** A plugin as oclif notes it in the package.json of the data directory. */
export interface PluginNote {
  name: string;
  type: 'user' | 'link';
  /** Of the registry. */
  tag?: string;
  /** What the user named, for updates: a path, an address or the name of a package. */
  url?: string;
  /** Directory of a linked one. */
  root?: string;
}

interface StoreFile {
  dependencies?: Record<string, string>;
  oclif?: { schema?: number; plugins?: PluginNote[] };
  [key: string]: unknown;
}

/** Where copies of what was installed are kept. */
export const TARBALLS = 'tarballs';

/** What plugins need that pciem has: they get it without a network, and share its SDK. */
const PROVIDED = ['@pciem/sdk', 'zod'];

/** The directory where plugins are installed: an npm package of its own, in the form that oclif reads. */
export class PluginStore {
  readonly directory: string = dataDir();

  /** What is installed. Throws a Failure if the list is spoilt. */
  async plugins(): Promise<PluginNote[]> {
    return (await this.#read()).oclif?.plugins ?? [];
  }

  /** Makes the directory ready for npm: it exists, and provides what pciem has. */
  async prepare(npm: Omit<NpmOptions, 'cwd'>): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const file = await this.#read();
    const provided = Object.fromEntries(PROVIDED.map((name) => [name, `file:${ownPackage(name)}`]));
    const isCurrent = PROVIDED.every(
      (name) => file.dependencies?.[name] === provided[name] && existsSync(join(this.directory, 'node_modules', name)),
    );
    if (isCurrent) return;
    await this.#write({ ...file, dependencies: { ...file.dependencies, ...provided } });
    // First alone: npm would ask the registry for what it has not placed yet.
    await runNpm(['install'], { ...npm, cwd: this.directory });
  }

  async add(note: PluginNote): Promise<void> {
    await this.#change((plugins) => [...plugins.filter(({ name }) => name !== note.name), note]);
  }

  async remove(name: string): Promise<void> {
    await this.#change((plugins) => plugins.filter((plugin) => plugin.name !== name));
  }

  /** Removes all plugins and the list of them, whatever state they are in. */
  async clear(): Promise<void> {
    for (const name of ['node_modules', 'package.json', 'package-lock.json', TARBALLS]) {
      await rm(join(this.directory, name), { recursive: true, force: true });
    }
  }

  async #change(change: (plugins: PluginNote[]) => PluginNote[]): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const file = await this.#read();
    await this.#write({ ...file, oclif: { schema: 1, ...file.oclif, plugins: change(file.oclif?.plugins ?? []) } });
  }

  get #file(): string {
    return join(this.directory, 'package.json');
  }

  async #read(): Promise<StoreFile> {
    if (!existsSync(this.#file)) return { name: 'pciem-plugins', private: true };
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as StoreFile;
    } catch (error) {
      throw new Failure(`The list of plugins, ${this.#file}, cannot be read: ${messageOf(error)}`, [
        'Start anew: pciem plugins reset',
      ]);
    }
  }

  async #write(file: StoreFile): Promise<void> {
    await writeFile(this.#file, `${JSON.stringify(file, undefined, 2)}\n`).catch((error: unknown) => {
      throw new Failure(`${this.#file} cannot be written: ${messageOf(error)}`);
    });
  }
}

/** The directory of a package that pciem depends on. */
function ownPackage(name: string): string {
  const require = createRequire(import.meta.url);
  let directory = dirname(require.resolve(name));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
