import { strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliRun, pciem, script } from './cli.ts';
import { waitFor } from './disks.ts';

/** Done-criterion 4: kill -9 in the middle of I/O, again and again; each time the device works again. */
export async function survivesBeingKilled(): Promise<void> {
  const times = Number(process.env.PCIEM_TEST_KILLS ?? '20');
  for (let time = 1; time <= times; time += 1) {
    const run = pciem('run', 'nvme', '--', script('kill.sh'));
    await run.sees('disk is there', 240);
    // Not always at the same point: from the first commands to full load.
    await sleep(200 + ((time * 379) % 1500));
    await killedAndGone(run);
    console.log(`killed ${time} of ${times}`);
  }
  const last = pciem('run', 'nvme', '--', script('check-disk.sh'));
  strictEqual(await last.ended, 0, last.output());
}

/** Kills a run of `kill.sh` and waits until nothing is left of its disk. */
export async function killedAndGone(run: CliRun): Promise<void> {
  run.child.kill('SIGKILL');
  strictEqual(await run.ended, 'SIGKILL', run.output());
  await waitFor(() => !existsSync('/dev/nvme0'), 60, '/dev/nvme0 is still there');
  await waitFor(() => !isRunning('fio'), 60, 'fio still hangs on the removed disk');
}

function isRunning(name: string): boolean {
  try {
    execFileSync('pidof', [name]);
    return true;
  } catch {
    return false;
  }
}
