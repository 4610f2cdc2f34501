import { Failure } from '../errors.ts';
import type { RunProgram } from './program.ts';

/** Where the Wireshark of this machine keeps things. */
export interface WiresharkInstallation {
  /** Such as `4.0.17`. */
  version: string;
  /** Lua scripts of this user. */
  luaPlugins: string;
  /** Lua scripts of all users, where `init.lua` is looked for. */
  globalLuaPlugins: string;
  /** Preferences and profiles of this user. */
  configuration: string;
  /** Where live sources are searched for, the user's own folder first; Wireshark 4.0 has only that of all users. */
  extcap: string[];
}

/** The versions that the dissector is tested with. */
const OLDEST = '4.0';

/** Asks tshark. Throws a Failure if there is none, or one that is too old. */
export async function findWireshark(run: RunProgram): Promise<WiresharkInstallation> {
  const answer = await run('tshark', ['-G', 'folders']);
  const about = await run('tshark', ['--version']);
  if (answer === undefined || about === undefined) throw noTshark();
  const version = /(\d+\.\d+\.\d+)/.exec(about.stdout)?.[1];
  if (answer.status !== 0 || version === undefined) {
    throw new Failure(`tshark -G folders fails: ${answer.stderr.trim() || `exit status ${answer.status}`}`);
  }
  if (compareVersions(version, OLDEST) < 0) {
    throw new Failure(`This is Wireshark ${version}; pciem needs ${OLDEST} or later`);
  }
  return { version, ...parseFolders(answer.stdout) };
}

function noTshark(): Failure {
  return new Failure('There is no tshark, which knows the folders of Wireshark', [
    'Install it: sudo apt install tshark (Debian, Ubuntu), sudo dnf install wireshark-cli (Fedora)',
    'The Wireshark of Flathub sees neither this machine’s devices nor these folders: install that of the distribution',
  ]);
}

/** The output of `tshark -G folders`: a name, a colon, tabs, a path. */
export function parseFolders(text: string): Omit<WiresharkInstallation, 'version'> {
  const folders = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, path] = /^([^:]+):\s+(\S.*)$/.exec(line) ?? [];
    // There can be several of a kind; the first one counts.
    if (name !== undefined && path !== undefined && !folders.has(name)) folders.set(name, path);
  }
  const folder = (name: string): string => {
    const path = folders.get(name);
    if (path === undefined) throw new Failure(`tshark -G folders does not tell "${name}"`);
    return path;
  };
  const extcap = ['Personal Extcap path', 'Global Extcap path', 'Extcap path']
    .map((name) => folders.get(name))
    .filter((path) => path !== undefined);
  return {
    luaPlugins: folder('Personal Lua Plugins'),
    globalLuaPlugins: folder('Global Lua Plugins'),
    configuration: folder('Personal configuration'),
    extcap,
  };
}

/** Negative if a is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
