import { match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliRun, pciem, root, share } from './cli.ts';

const allOnes = 0xffff_ffff;
const plain = 0x600d_beef;

/** The registers of test/vm/devices/faulty.ts. */
const registers = { THROWS: '0', SILENT: '4', LATE: '8', PLAIN: 'c' };

/** Done-criterion 5, first case. */
export async function throwsInRead(): Promise<void> {
  const output = await readFaulty('THROWS', 0);
  // File and line of the device author's code.
  match(output, /faulty\.ts:\d+.*THROWS is broken/);
}

/** Done-criterion 5, second case. */
export async function neverAnswers(): Promise<void> {
  match(await readFaulty('SILENT', 0), /2 completion timeouts/);
}

/** Done-criterion 5, third case. */
export async function answersLate(): Promise<void> {
  const output = await readFaulty('LATE', 9);
  match(output, /2 completion timeouts/);
  match(output, /2 late answers/);
}

/** Reads the register in a context that may sleep and in one that may not. Returns what the CLI said. */
async function readFaulty(register: keyof typeof registers, secondsToWait: number): Promise<string> {
  const run = pciem('run', join(root, 'test/vm/devices/faulty.ts'));
  // A driver that probes at once has bound before enumeration is done.
  await run.sees('has bound', 60);
  await run.sees('plugged in at ', 60);
  const driver = new TestDriver(run);
  for (const word of ['r4', 'R4']) {
    strictEqual(driver.read(word, registers[register]), allOnes, `${word} ${register}`);
    // The device and the driver are as well as before.
    strictEqual(driver.read(word, registers.PLAIN), plain, `${word} PLAIN`);
  }
  await sleep(secondsToWait * 1000);
  strictEqual(driver.read('r4', registers.PLAIN), plain);
  run.child.kill('SIGINT');
  const status = await run.ended;
  strictEqual(typeof status, 'number', `ended by ${status}\n${run.output()}`);
  return run.output();
}

/** kmod/tests/driver: does to BAR 0 what it is told. */
class TestDriver {
  readonly #directory: string;

  constructor(run: CliRun) {
    const address = /plugged in at (\S+)/.exec(run.output())?.[1] ?? '';
    this.#directory = join('/sys/kernel/debug/pciem-test', address);
  }

  /** `word`: r4 to read, R4 to read with interrupts off. */
  read(word: string, offset: string): number {
    writeFileSync(join(this.#directory, 'command'), `${word} ${offset}`);
    return Number(readFileSync(join(this.#directory, 'result'), 'utf8'));
  }
}

/** Loads the driver; before the checks that need it. */
export function loadTestDriver(): void {
  execFileSync('insmod', [join(share, 'pciem_test.ko')]);
}
