import { join } from 'node:path';
import { execa } from 'execa';
import { qemuBinary } from '../../src/vm/qemu.ts';

/** Builds the plugin that counts instructions, into `directory`. Returns its path. */
export async function buildCountingPlugin(directory: string): Promise<string> {
  const output = join(directory, 'count.so');
  const source = join(import.meta.dirname, 'count.c');
  const version = `-DPLUGIN_VERSION=${await interfaceVersion()}`;
  await execa('cc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', version, '-o', output, source]);
  return output;
}

/** QEMU 9 ended the first version of the interface, and takes the second, which has the same functions. */
async function interfaceVersion(): Promise<number> {
  const { stdout } = await execa(qemuBinary, ['--version']);
  return Number(/version (\d+)/.exec(stdout)?.[1]) < 9 ? 1 : 2;
}
