import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../errors.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** apt with lists, caches and sources of its own: it downloads packages of any suite, and installs nothing. */
export interface PrivateApt {
  /** The fields of a package, from its newest version. */
  show(name: string): Promise<Map<string, string>>;
  /** Downloads the packages into `directory`. */
  download(names: readonly string[], directory: string): Promise<void>;
}

/** Prepares a private apt in `state` for one suite of Debian, from the mirror that the machine itself uses. */
export async function openPrivateApt(state: string, suite: string): Promise<PrivateApt> {
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(state, 'cache/archives/partial'), { recursive: true });
  const mirror = await findMirror(state);
  const sources = join(state, 'sources.list');
  await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  const options = [...stateOptions(state), ...sourceOptions(sources)];
  await execa('apt-get', ['update', '-q', ...options]);
  return {
    show: async (name) => {
      const { stdout } = await execa('apt-cache', ['show', '--no-all-versions', ...options, name]);
      return parseFields(stdout);
    },
    download: async (names, directory) => {
      await execa('apt-get', ['download', '-q', ...options, ...names], { cwd: directory });
    },
  };
}

function stateOptions(state: string): string[] {
  return ['-o', `Dir::State=${state}`, '-o', `Dir::State::Lists=${join(state, 'lists')}`];
}

function sourceOptions(sources: string): string[] {
  return [
    ['-o', `Dir::Cache=${join(sources, '../cache')}`],
    ['-o', `Dir::Etc::SourceList=${sources}`],
    ['-o', 'Dir::Etc::SourceParts=/dev/null'],
    ['-o', 'Dir::Etc::PreferencesParts=/dev/null'],
    ['-o', 'Acquire::Languages=none'],
    // The cache is in the user's home, which apt's own download user may not enter.
    ['-o', 'APT::Sandbox::User=root'],
  ].flat();
}

/** The base address of the Debian mirror in the machine's own apt sources. */
export async function findMirror(state: string): Promise<string> {
  const { stdout } = await execa('apt-get', ['update', '--print-uris', ...stateOptions(state)]).catch(() => {
    throw new Failure('apt-get does not work here, so no Debian kernel can be downloaded', [
      'Give a kernel that is on this machine: --kernel /boot/vmlinuz-…',
    ]);
  });
  const mirror = /^'(\S+\/debian\/)dists\/(?!\S*security)\S+\/InRelease'/m.exec(stdout)?.[1];
  if (mirror === undefined) {
    throw new Failure("The machine's apt sources name no Debian mirror, so no Debian kernel can be downloaded", [
      'Give a kernel that is on this machine: --kernel /boot/vmlinuz-…',
    ]);
  }
  return mirror;
}

/** The single-line fields of a package stanza (deb-control(5)). */
export function parseFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of stanza.split('\n')) {
    const match = /^([A-Za-z-]+): (.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], match[2]);
  }
  return fields;
}

/** The names in a Depends field; of alternatives the first. */
export function parseDepends(field: string): string[] {
  return field.split(',').flatMap((entry) => /^\s*([a-z0-9.+-]+)/.exec(entry)?.[1] ?? []);
}
