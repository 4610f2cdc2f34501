import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import { Failure } from '../errors.ts';
import type { Kernel } from '../kernels/index.ts';

/** A module file, in the order in which modules have to be inserted. */
export interface ModuleFile {
  name: string;
  path: string;
}

/** The files of the named modules and of everything that they need; what is built into the kernel is left out. */
export async function resolveModules(kernel: Kernel, names: readonly string[]): Promise<ModuleFile[]> {
  const dependencies = parseDependencies(await readFile(join(kernel.modules, 'modules.dep'), 'utf8'));
  const builtin = await readBuiltin(kernel);
  const ordered = new Map<string, ModuleFile>();
  for (const name of names) {
    if (builtin.has(name)) continue;
    const needed = dependencies.get(name);
    if (needed === undefined) {
      throw new Failure(`Kernel ${kernel.release} has no module ${name}, which the virtual machine needs`, [
        'Cloud flavours of a kernel leave it out: use the normal flavour.',
      ]);
    }
    for (const path of needed)
      ordered.set(moduleName(path), { name: moduleName(path), path: join(kernel.modules, path) });
  }
  return [...ordered.values()];
}

/** The module itself, whatever it is compressed with. */
export async function readModule(path: string): Promise<Buffer> {
  if (path.endsWith('.zst')) return zstdDecompressSync(await readFile(path));
  if (path.endsWith('.xz')) return Buffer.from((await execa('xz', ['-dc', path], { encoding: 'buffer' })).stdout);
  return readFile(path);
}

/** modules.dep: per module the paths to insert, the module itself last. */
export function parseDependencies(text: string): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [path, rest] = line.split(':', 2);
    if (path === undefined || rest === undefined) continue;
    // depmod lists the needed modules so that each comes before what it needs itself.
    result.set(moduleName(path), [path, ...rest.split(' ').filter(Boolean)].reverse());
  }
  return result;
}

async function readBuiltin(kernel: Kernel): Promise<Set<string>> {
  const file = join(kernel.modules, 'modules.builtin');
  if (!existsSync(file)) return new Set();
  return new Set((await readFile(file, 'utf8')).split('\n').filter(Boolean).map(moduleName));
}

/** `kernel/fs/9p/9p.ko.xz` is `9p`; the kernel does not tell - from _ in names. */
function moduleName(path: string): string {
  return path
    .replace(/^.*\//, '')
    .replace(/\.ko(\..*)?$/, '')
    .replaceAll('-', '_');
}
