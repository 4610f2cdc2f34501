import { strictEqual } from 'node:assert/strict';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mmap, munmap, viewOf } from '../../../src/host/kernel/syscalls.ts';
import { pciem } from './cli.ts';

const source = (changes: { reset?: number; answer?: number }) => `
import { bar, defineDevice, reg32 } from '@pciem/sdk';
export default defineDevice({
  name: 'edited',
  identity: { vendor: 0x1234, device: 0xed17, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      registers: { ID: reg32(0, { reset: ${changes.reset ?? 1} }), KEPT: reg32(4), ANSWER: reg32(8) },
    }),
  ],
  setup: () => ({ read: { ANSWER: () => ${changes.answer ?? 1} } }),
});
`;

/** A device in a directory without a package.json follows its file: in place, by a re-plug, and not into a mistake. */
export async function followsItsFile(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'spin-'));
  const file = join(directory, 'edited.ts');
  const save = (contents: string) => writeFileSync(file, contents);
  save(source({}));
  const run = pciem('spin', file, '--watch', '--json');
  await run.sees('"type":"plugged"', 240);
  await run.sees('"type":"note"', 60);
  registers(run.output(), (words) => {
    strictEqual(words[2], 1);
    words[1] = 77;
  });
  save(source({ answer: 2 }));
  await run.sees('"how":"swapped"', 60);
  registers(run.output(), (words) => {
    // The driver's value is still there, and the new handler answers.
    strictEqual(words[1], 77);
    strictEqual(words[2], 2);
  });
  save(source({ reset: 9, answer: 2 }));
  await run.sees('"how":"replugged"', 60);
  registers(run.output(), (words) => strictEqual(words[0], 9));
  save('no device, this is');
  await run.sees('"type":"reload-failed"', 60);
  registers(run.output(), (words) => strictEqual(words[2], 2));
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  rmSync(directory, { recursive: true });
}

/** The registers of the device as it is plugged now, as programs see them. */
function registers(output: string, use: (words: Uint32Array) => void): void {
  const address = [...output.matchAll(/"type":"plugged","address":"([^"]+)"/g)].at(-1)?.[1] ?? '';
  const directory = `/sys/bus/pci/devices/${address}`;
  writeFileSync(join(directory, 'enable'), '1');
  const mapping = mmap(openSync(join(directory, 'resource0'), 'r+'), 0, 4096, 'BAR 0');
  try {
    use(new Uint32Array(viewOf(mapping)));
  } finally {
    munmap(mapping);
  }
}
