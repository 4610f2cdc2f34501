import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageFailure } from '../errors.ts';

/** Where a plugin comes from. */
export interface PluginSource {
  kind: 'tarball' | 'directory' | 'git' | 'url' | 'registry';
  /** For npm, the first of these that there is. */
  specs: readonly string[];
}

/** The packages of this project, `@pciem/plugin-nvme`, are found by their short names. */
const OFFICIAL = '@pciem/plugin-';

/**
 * What the user named: a local tarball or directory, also without `./`; a git repository; the address of a tarball; or
 * a package of the registry, with a tag or version after `@`. `directory`: where relative paths start.
 */
export function parseSource(input: string, directory: string = process.cwd()): PluginSource {
  const path = resolve(directory, input.replace(/^file:/, ''));
  if (!isAddress(input) && existsSync(path)) {
    const local = localSource(path);
    if (local !== undefined) return local;
  }
  if (/^(\.{0,2}\/|\.{1,2}$|file:)/.test(input) || (isTarballName(input) && !isAddress(input))) {
    throw noSuchFile(input, path);
  }
  if (isGit(input)) return { kind: 'git', specs: [input] };
  if (/^https?:/.test(input)) return { kind: 'url', specs: [input] };
  // As for npm: what looks like OWNER/REPOSITORY and is not there is on GitHub.
  if (/^[\w.-]+\/[\w.-]+(#.*)?$/.test(input)) return { kind: 'git', specs: [`github:${input}`] };
  return { kind: 'registry', specs: registrySpecs(input) };
}

function isAddress(input: string): boolean {
  return /^[a-z+]+:\/\/|^git@|^(github|gitlab|bitbucket|gist):/.test(input);
}

function isTarballName(input: string): boolean {
  return /\.(tgz|tar|tar\.gz)$/.test(input);
}

function isGit(input: string): boolean {
  return (
    /^(git\+|git:|ssh:|git@|github:|gitlab:|bitbucket:|gist:)/.test(input) ||
    /^https?:\/\/.*\.git(#.*)?$/.test(input) ||
    /^https?:\/\/(github|gitlab)\.com\/[^/]+\/[^/#]+(#.*)?$/.test(input)
  );
}

/** A directory that is no package may just have the name of one of the registry. */
function localSource(path: string): PluginSource | undefined {
  if (!statSync(path).isDirectory()) {
    if (isTarballName(path)) return { kind: 'tarball', specs: [path] };
    throw new UsageFailure(`${path} is no tarball (.tgz)`, [
      'A device in a file of its own needs no installing: pciem run FILE',
    ]);
  }
  return existsSync(join(path, 'package.json')) ? { kind: 'directory', specs: [path] } : undefined;
}

function noSuchFile(input: string, path: string): UsageFailure {
  const problem = existsSync(path) ? 'has no package.json' : 'does not exist';
  return new UsageFailure(`${input}: ${path} ${problem}`, [
    'Give a tarball (.tgz) or a directory with a package.json; pciem new makes one',
  ]);
}

const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(@[\w.~^<>=| *-]+)?$/;

function registrySpecs(input: string): string[] {
  if (!PACKAGE_NAME.test(input)) {
    throw new UsageFailure(`${input} is neither a file or directory nor the name of a package`, [
      'For example: nvme, @you/pciem-plugin-x, pciem-plugin-x@1.2, ./plugin.tgz, git+https://example.org/x.git',
    ]);
  }
  return input.startsWith('@') ? [input] : [`${OFFICIAL}${input}`, input];
}
