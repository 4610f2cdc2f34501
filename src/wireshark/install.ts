import { access, chmod, constants, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../errors.ts';
import type { WiresharkInstallation } from './installation.ts';
import { extcapLauncher, type InstallFile, payload } from './payload.ts';
import { hashOf, type InstalledFiles, readReceipt, writeReceipt } from './receipt.ts';

/** What an installation did. */
export interface InstallResult {
  written: string[];
  unchanged: string[];
  removed: string[];
  /** Where live sources were installed; undefined if no extcap folder is writable. */
  extcap: string | undefined;
}

/**
 * Puts everything in Wireshark's folders; again and again with the same result. Files of an earlier installation are
 * replaced or removed; throws a Failure before anything is written if a file of the user is in the way.
 */
export async function install(
  wireshark: WiresharkInstallation,
  packages: readonly string[] = [],
): Promise<InstallResult> {
  const files = await payload(wireshark, packages);
  const extcap = await writableFolder(wireshark.extcap);
  if (extcap !== undefined) files.push(extcapLauncher(extcap));
  const before = await readReceipt(wireshark.configuration);
  await refuseForeignFiles(files, before);
  const result: InstallResult = { written: [], unchanged: [], removed: [], extcap };
  const after: InstalledFiles = {};
  for (const file of files) {
    const isNew = await write(file);
    result[isNew ? 'written' : 'unchanged'].push(file.path);
    after[file.path] = hashOf(file.content);
    // What is there is remembered even if the rest fails.
    await writeReceipt(wireshark.configuration, { ...before, ...after });
  }
  const obsolete = Object.entries(before).filter(([path]) => after[path] === undefined);
  result.removed.push(...(await removeFiles(obsolete)).removed);
  await writeReceipt(wireshark.configuration, after);
  return result;
}

/** Removes what `install` wrote. `kept`: files that have been changed since. */
export async function uninstall(wireshark: WiresharkInstallation): Promise<{ removed: string[]; kept: string[] }> {
  const result = await removeFiles(Object.entries(await readReceipt(wireshark.configuration)));
  await writeReceipt(wireshark.configuration, {});
  return result;
}

async function refuseForeignFiles(files: readonly InstallFile[], before: InstalledFiles): Promise<void> {
  const foreign: string[] = [];
  for (const { path, content } of files) {
    const there = await contentOf(path);
    if (there === undefined || there === content) continue;
    if (before[path] !== hashOf(there)) foreign.push(path);
  }
  if (foreign.length === 0) return;
  throw new Failure('Files that pciem did not write, or that were changed since, would be overwritten', [
    ...foreign,
    'Move them away, then install again',
  ]);
}

async function write({ path, content, executable = false }: InstallFile): Promise<boolean> {
  if ((await contentOf(path)) === content) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, executable ? 0o755 : 0o644);
  return true;
}

async function removeFiles(files: readonly (readonly [path: string, hash: string])[]) {
  const removed: string[] = [];
  const kept: string[] = [];
  for (const [path, hash] of files) {
    const content = await contentOf(path);
    if (content === undefined) continue;
    if (hashOf(content) !== hash) {
      kept.push(path);
      continue;
    }
    await rm(path);
    // A folder that is empty now was ours, or is of no use to anybody.
    await rmdir(dirname(path)).catch(() => {});
    removed.push(path);
  }
  return { removed, kept };
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Failure(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** The first folder that is writable, or can be made. */
async function writableFolder(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
      return folder;
    } catch {
      // Perhaps the next one.
    }
  }
  return undefined;
}
