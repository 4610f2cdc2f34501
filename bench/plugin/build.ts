import { join } from 'node:path';
import { execa } from 'execa';
import { qemuBinary } from '../../src/vm/qemu.ts';

/** Builds a plugin, the one that counts instructions or the one that tells where they are, into `directory`. */
export async function buildPlugin(name: 'count' | 'profile', directory: string): Promise<string> {
  const output = join(directory, `${name}.so`);
  const source = join(import.meta.dirname, `${name}.c`);
  const version = `-DPLUGIN_VERSION=${await interfaceVersion()}`;
  await execa('cc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', version, '-o', output, source]);
  return output;
}

/** QEMU 9 ended the first version of the interface, and takes the second, which has the same functions. */
async function interfaceVersion(): Promise<number> {
  const { stdout } = await execa(qemuBinary, ['--version']);
  return Number(/version (\d+)/.exec(stdout)?.[1]) < 9 ? 1 : 2;
}
