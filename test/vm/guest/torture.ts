import { match, strictEqual } from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { share } from './cli.ts';

/** One of test/vm/programs; its output is shown, and it has to succeed. */
function program(name: string, ...args: (string | number)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(join(share, name), args.map(String), (error, stdout, stderr) => {
      if (error) reject(new Error(`${name} ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`));
      else resolve(stdout);
    });
    child.stdout?.pipe(process.stdout);
    child.stderr?.pipe(process.stderr);
  });
}

const number = (name: string, otherwise: number) => Number(process.env[name] || otherwise);

/** Kernels that look for errors need ten times as long for everything. */
const isSlow = existsSync('/sys/kernel/debug/kmemleak');

/** Random and hostile calls of the device node; the short form of ten minutes. */
export async function survivesTheFuzzer(): Promise<void> {
  await program('fuzz', number('PCIEM_TEST_FUZZ_SECONDS', 8));
}

/** kill -9 while kernel threads access the device, while probe and while an interrupt handler wait for it. */
export async function survivesKillsInAccesses(): Promise<void> {
  await program('torture', 'kill', number('PCIEM_TEST_ACCESS_KILLS', isSlow ? 3 : 12), number('PCIEM_TEST_SEED', 1));
}

/** Plugged and unplugged again and again, with and without warning. */
export async function usesNoMoreMemory(): Promise<void> {
  await program('torture', 'cycles', number('PCIEM_TEST_CYCLES', isSlow ? 4 : 50));
}

/** Many vectors at once, on the CPUs that were asked for, and as fast as possible. */
export async function losesNoInterrupt(): Promise<void> {
  await program('torture', 'storm', number('PCIEM_TEST_INTERRUPTS', isSlow ? 2000 : 50_000));
}

/** Only those who may do raw I/O may be a device. */
export async function refusesTheUnprivileged(): Promise<void> {
  const nobody = spawnSync('cat', ['/dev/pciem'], { uid: 65534, gid: 65534, encoding: 'utf8' });
  match(nobody.stderr, /Permission denied/);
  // Root in a container, say.
  const bounded = ['--bounding-set', '-sys_rawio', '--inh-caps', '-sys_rawio', 'cat', '/dev/pciem'];
  const withoutCapability = spawnSync('setpriv', bounded, { encoding: 'utf8' });
  match(withoutCapability.stderr, /Operation not permitted/);
  strictEqual(withoutCapability.status, 1);
}
