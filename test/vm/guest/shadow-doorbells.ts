import { ok, strictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { analyzeNvme } from '@pciem/capture';
import { pciem, script } from './cli.ts';
import { killedAndGone } from './kill.ts';

const CAPTURE = '/dev/shm/shadow.pcapng';
const options = ['nvme', '--set', 'doorbellBuffer=true'];

/** Doorbell Buffer Config, as the nvme driver uses it: memory that both look at while neither tells the other. */
export async function doorbellsWorkInMemory(): Promise<void> {
  const run = pciem('run', ...options, '--capture', CAPTURE, '--', script('shadow-doorbells.sh'), '3');
  strictEqual(await run.ended, 0, run.output());
  ok(run.output().includes('both runs verified'), run.output());
  await everyCommandIsAnnounced(Number(/([\d,]+) writes/.exec(run.output())?.[1]?.replaceAll(',', '')));
  rmSync(CAPTURE);

  const killed = pciem('run', ...options, '--', script('kill.sh'));
  await killed.sees('disk is there', 240);
  await sleep(700);
  await killedAndGone(killed);
  const last = pciem('run', ...options, '--', script('check-disk.sh'));
  strictEqual(await last.ended, 0, last.output());
}

async function everyCommandIsAnnounced(registerWrites: number): Promise<void> {
  let commands = 0;
  let announced = 0;
  const report = await analyzeNvme(CAPTURE, {
    onCommand: ({ queue, status, latency }) => {
      if (queue === 0) return;
      strictEqual(status, 'Success');
      commands++;
      if (latency >= 0) announced++;
    },
  });
  strictEqual(report?.unmatched, 0);
  console.log(`${commands} commands, ${announced} with their doorbell, ${registerWrites} writes to registers`);
  ok(commands > 100 && announced === commands, `${announced} of ${commands} commands have a doorbell`);
}
