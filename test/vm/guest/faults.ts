import { match, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pciem, root } from './cli.ts';
import { TestDriver } from './test-driver.ts';

const allOnes = 0xffff_ffff;
const plain = 0x600d_beef;
const helped = 0x4e_19ed;

/** The registers of test/vm/devices/faulty.ts. */
const registers = { THROWS: '0', SILENT: '4', LATE: '8', PLAIN: 'c', HELPED: '10' };

/** Done-criterion 5: each way to fail, in a context that may sleep and in one that may not. */
export async function survivesFaultyHandlers(): Promise<void> {
  const run = pciem('run', join(root, 'test/vm/devices/faulty.ts'));
  // A driver that probes at once has bound before enumeration is done.
  await run.sees('has bound', 240);
  await run.sees('plugged in at ', 60);
  const driver = new TestDriver(run);
  for (const register of ['THROWS', 'SILENT', 'LATE'] as const) {
    for (const word of ['r4', 'R4']) {
      strictEqual(driver.read(word, registers[register]), allOnes, `${word} ${register}`);
      // The device and the driver are as well as before.
      strictEqual(driver.read(word, registers.PLAIN), plain, `${word} PLAIN`);
    }
  }
  // Threads of the device that wait for the CPU of such a driver are taken elsewhere. First until they run well.
  for (let i = 0; i < 5; i++) strictEqual(driver.read('r4', registers.HELPED), helped, `HELPED, ${i}`);
  for (let i = 0; i < 10; i++) strictEqual(driver.read('R4', registers.HELPED), helped, `HELPED, ${i}`);
  // Until the last late answer is there.
  await sleep(9000);
  strictEqual(driver.read('r4', registers.PLAIN), plain);
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  // File and line of the device author's code.
  match(run.output(), /faulty\.ts:\d+.*THROWS is broken/);
  match(run.output(), /\b4 completion timeouts\b/);
  match(run.output(), /\b2 late answers\b/);
}
