import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PluginManifest } from '../devices/manifest.ts';
import { Failure, UsageFailure } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { inspectPlugin, inspectTarball } from './inspect.ts';
import { NpmFailure, runNpm } from './npm.ts';
import { type PluginSource, parseSource } from './source.ts';
import { type PluginNote, PluginStore, TARBALLS } from './store.ts';

export interface InstallOptions {
  allowScripts: boolean;
  registry: string | undefined;
  progress: Progress;
}

/**
 * Installs a plugin, or another version of it. What will be installed is looked at before: if it is no plugin, or one
 * for another pciem, nothing changes.
 */
export async function installPlugin(input: string, options: InstallOptions): Promise<PluginManifest> {
  const { progress, ...npm } = options;
  const source = parseSource(input);
  const store = new PluginStore();
  const staging = await mkdtemp(join(tmpdir(), 'pciem-plugin-'));
  try {
    progress(`fetching ${input}`);
    const { tarball, spec } = await pack(source, staging, npm);
    const manifest = await inspectTarball(tarball, join(staging, 'package'));
    await store.prepare(npm);
    progress(`installing ${manifest.name} ${manifest.version}`);
    // What is there already would not run its scripts again.
    if (npm.allowScripts && (await store.plugins()).some(({ name }) => name === manifest.name)) {
      await runNpm(['uninstall', manifest.name], { ...npm, cwd: store.directory });
    }
    const kept = await keep(store, tarball, manifest);
    await runNpm(['install', kept], { ...npm, cwd: store.directory }).catch(async (error: unknown) => {
      await rm(kept, { force: true });
      throw error;
    });
    await store.add(noteOf(manifest, source, spec));
    await forgetOthers(store, manifest.name, kept);
    return manifest;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Uses a plugin where it is, for its author: changes there show at once. Nothing is installed, also no dependency. */
export async function linkPlugin(directory: string): Promise<PluginManifest & { root: string }> {
  const root = resolve(directory);
  if (!existsSync(root)) throw new UsageFailure(`${directory}: there is no such directory`);
  const manifest = inspectPlugin(root, false);
  await new PluginStore().add({ name: manifest.name, type: 'link', root });
  return { ...manifest, root };
}

/** Installs again what was installed, in its newest version. */
export async function updatePlugin(note: PluginNote, options: InstallOptions): Promise<PluginManifest> {
  return installPlugin(note.url ?? `${note.name}@${note.tag ?? 'latest'}`, options);
}

/** Fetches a package in the form in which it would be published; nothing of it has run unless scripts are allowed. */
async function pack(
  { specs }: PluginSource,
  directory: string,
  npm: Omit<InstallOptions, 'progress'>,
): Promise<{ tarball: string; spec: string }> {
  for (const [index, spec] of specs.entries()) {
    try {
      await runNpm(['pack', spec, `--pack-destination=${directory}`], { ...npm, cwd: directory });
      const name = (await readdir(directory)).find((file) => file.endsWith('.tgz'));
      if (name === undefined) throw new Failure(`npm has packed nothing for ${spec}`);
      return { tarball: join(directory, name), spec };
    } catch (error) {
      if (!(error instanceof NpmFailure) || error.code !== 'E404') throw error;
      if (index === specs.length - 1) {
        throw new Failure(`There is no package ${specs.join(', and none called ')} in the registry`);
      }
    }
  }
  throw new Failure('Nothing to install');
}

/** A copy for npm, which looks at it whenever it installs something else; the user's own may go away. */
async function keep(store: PluginStore, tarball: string, { name, version }: PluginManifest): Promise<string> {
  const directory = join(store.directory, TARBALLS);
  await mkdir(directory, { recursive: true });
  const hash = createHash('sha256')
    .update(await readFile(tarball))
    .digest('hex');
  const target = join(directory, `${keptPrefix(name)}${version}-${hash.slice(0, 12)}.tgz`);
  await copyFile(tarball, target);
  return target;
}

function keptPrefix(name: string): string {
  return `${name.replace(/^@/, '').replaceAll('/', '+')}@`;
}

/** Removes what was kept of other versions of a plugin, or of all. */
export async function forgetOthers(store: PluginStore, name: string, kept?: string): Promise<void> {
  const directory = join(store.directory, TARBALLS);
  if (!existsSync(directory)) return;
  for (const file of await readdir(directory)) {
    const path = join(directory, file);
    if (file.startsWith(keptPrefix(name)) && path !== kept) await rm(path);
  }
}

function noteOf({ name }: PluginManifest, { kind }: PluginSource, spec: string): PluginNote {
  if (kind !== 'registry') return { name, type: 'user', url: spec };
  return { name, type: 'user', tag: spec.slice(name.length + 1) || 'latest' };
}
