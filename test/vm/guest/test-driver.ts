import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliRun, share } from './cli.ts';

/** kmod/tests/driver: does to BAR 0 what it is told. */
export class TestDriver {
  readonly #directory: string;

  constructor(run: CliRun) {
    const address = /plugged in at (\S+)/.exec(run.output())?.[1] ?? '';
    this.#directory = join('/sys/kernel/debug/pciem-test', address);
  }

  /** See the top of kmod/tests/driver/main.c. */
  command(text: string): void {
    writeFileSync(join(this.#directory, 'command'), text);
  }

  file(name: string): string {
    return readFileSync(join(this.#directory, name), 'utf8');
  }

  /** `word`: r4 to read, R4 to read with interrupts off. */
  read(word: string, offset: string): number {
    this.command(`${word} ${offset}`);
    return Number(this.file('result'));
  }
}

/** Loads the driver; before the checks that need it. */
export function loadTestDriver(): void {
  execFileSync('insmod', [join(share, 'pciem_test.ko')]);
}
