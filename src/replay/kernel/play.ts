import { readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../../errors.ts';
import { readRecording } from '../../model/recording.ts';
import { play } from '../player.ts';
import { BusTarget } from './bus-target.ts';
import { InterruptCounts } from './interrupt-counts.ts';
import type { KernelReplaySpec } from './spec.ts';

/**
 * A process of its own plays the driver: its accesses are page faults that wait for the device, and a thread of the same
 * process could not get memory meanwhile.
 */
const { capture, identity, speed, ignore, played, interrupts } = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
) as KernelReplaySpec;
try {
  const recording = await readRecording(capture);
  const sizes = new Map(recording.map.bars.filter(({ kind }) => kind !== 'io').map(({ index, size }) => [index, size]));
  const target = new BusTarget(process.env.PCIEM_ADDRESS ?? '', identity, sizes, new InterruptCounts(interrupts));
  await target.asAfterReset();
  writeFileSync(played, JSON.stringify(await play(recording, target, { speed, ignore: new Set(ignore) })));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`pciem: ${error.message}\n`);
  process.exitCode = 1;
}
