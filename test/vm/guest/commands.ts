import { ok, strictEqual } from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeNvme } from '@pciem/capture';
import { pciem, root } from './cli.ts';

/** In memory: the share is too slow for what fio does. */
const CAPTURE = '/dev/shm/commands.pcapng';
const REPORT = '/dev/shm/fio.json';
/** Bytes of each of fio's commands: nobody else has such ones. */
const BYTES = 1536;
const BLOCKS = BYTES / 512;

interface FioDirection {
  total_ios: number;
  /** From submission to completion, nanoseconds. */
  lat_ns: { min: number; max: number; mean: number };
}

/** What `pciem analyze nvme` says of a session, against what fio says that it did. */
export async function countsTheCommandsOfFio(): Promise<void> {
  const commands = process.env.PCIEM_TEST_NVME_COMMANDS ?? '5000';
  const run = pciem(
    ...['run', 'nvme', '--capture', CAPTURE, '--'],
    ...[join(root, 'test/vm/guest/commands.sh'), commands, String(BYTES), REPORT],
  );
  strictEqual(await run.ended, 0, run.output());
  const [job] = (JSON.parse(readFileSync(REPORT, 'utf8')) as { jobs: Record<'read' | 'write', FioDirection>[] }).jobs;
  ok(job !== undefined, 'fio has no job');
  strictEqual(job.read.total_ios + job.write.total_ios, Number(commands));

  const latencies: Record<string, number[]> = { Read: [], Write: [] };
  const report = await analyzeNvme(CAPTURE, {
    onCommand: ({ name, blocks, latency, queue, status }) => {
      if (queue === 0 || blocks !== BLOCKS) return;
      strictEqual(status, 'Success');
      latencies[name]?.push(latency);
    },
  });
  strictEqual(report?.unmatched, 0);
  strictEqual(report?.unfinished.filter(({ name }) => name === 'Read' || name === 'Write').length, 0);
  for (const [name, fio] of [['Read', job.read] as const, ['Write', job.write] as const]) {
    const seen = latencies[name] as number[];
    strictEqual(seen.length, fio.total_ios, name);
    // From doorbell to completion entry is a part of what fio measures: no command can take longer than fio's longest.
    const min = seen.reduce((least, latency) => Math.min(least, latency));
    const max = seen.reduce((most, latency) => Math.max(most, latency));
    const mean = seen.reduce((sum, latency) => sum + latency, 0) / seen.length;
    const { lat_ns: bounds } = fio;
    const text = `${name}: ${min}, ${mean.toFixed(0)}, ${max} ns; fio: ${bounds.min}, ${bounds.mean.toFixed(0)}, ${bounds.max} ns`;
    console.log(`${seen.length} ${text}`);
    ok(min > 0 && min <= bounds.min && mean <= bounds.mean && max <= bounds.max, text);
  }
  rmSync(CAPTURE);
}
