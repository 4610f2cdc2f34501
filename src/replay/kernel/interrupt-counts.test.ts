import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InterruptCounts } from './interrupt-counts.ts';

test('both sides see what is counted, by its source, also when the file has been removed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pciem-counts-'));
  const device = new InterruptCounts(join(directory, 'counts'));
  device.add(0);
  const player = new InterruptCounts(join(directory, 'counts'));
  rmSync(directory, { recursive: true });
  device.add(2047);
  device.add('INTx');
  device.add(2047);
  expect([player.of(0), player.of(1), player.of(2047), player.of('INTx')]).toEqual([1, 0, 2, 1]);
});
