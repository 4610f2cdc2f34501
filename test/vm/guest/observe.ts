import { doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pciem, root } from './cli.ts';
import { TestDriver } from './test-driver.ts';

const tracing = '/sys/kernel/debug/tracing';
const setting = (name: string, value: string) => writeFileSync(join(tracing, name), value);

/** ftrace sees accesses, completions, interrupts and DMA; debugfs has the counters; no pointer of the kernel in either. */
export async function showsTracesAndCounters(): Promise<void> {
  const run = pciem('run', join(root, 'test/vm/devices/observed.ts'));
  await run.sees('has bound', 240);
  await run.sees('plugged in at ', 60);
  const driver = new TestDriver(run);
  driver.command('dma 8 1000');
  setting('trace', '');
  setting('events/pciem/enable', '1');
  strictEqual(driver.read('r4', '0'), 0x5ca1ab1e);
  driver.command('w4 4 1');
  driver.read('r4', '0');
  setting('events/pciem/enable', '0');
  const trace = readFileSync(join(tracing, 'trace'), 'utf8');
  match(trace, /pciem_trap: 1f000:00:00\.0 seq=\d+ read bar=0 offset=0x0 address=0x\w+ size=4 .* forwarded/);
  match(trace, /pciem_completion: 1f000:00:00\.0 request=\d+ tag=\d+ value=0x5ca1ab1e latency=\d+ns status=SC/);
  match(trace, /pciem_trap: 1f000:00:00\.0 seq=\d+ write bar=0 offset=0x4 .* value=0x1 status=SC/);
  match(trace, /pciem_dma: 1f000:00:00\.0 seq=\d+ write address=0x\w+ length=16 status=ok/);
  match(trace, /pciem_dma: 1f000:00:00\.0 seq=\d+ read address=0x10 length=4 status=unmapped/);
  match(trace, /pciem_irq: 1f000:00:00\.0 seq=\d+ vector=0 address=0xfee\w+ data=0x/);
  doesNotMatch(trace, /ffff[89a-f][0-9a-f]{11}/);

  const counters = readFileSync('/sys/kernel/debug/pciem/endpoints', 'utf8');
  match(counters, /endpoint \d+\n {2}name observed\n {2}domain 1f000\n {2}state plugged\n/);
  const count = (name: string) => Number(new RegExp(`^  ${name} (\\d+)$`, 'm').exec(counters)?.[1]);
  ok(count('forwarded') >= 2 && count('reads') >= count('forwarded'), counters);
  strictEqual(count('dma_writes'), 1);
  strictEqual(count('dma_faults'), 1);
  strictEqual(count('interrupts'), 1);
  strictEqual(count('lost'), 0);
  driver.command('undma');
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  strictEqual(readFileSync('/sys/kernel/debug/pciem/endpoints', 'utf8').includes('name observed\n'), false);
}
