import { match, ok, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';
import { upAndRunning } from './logs.ts';
import { hasModule } from './modules.ts';

/** Models learned from two captures of edu and of e1000 take their drivers through probe, work, and to a link. */
export async function learnedModelsWork(): Promise<void> {
  execFileSync('insmod', [join(share, 'edu.ko')]);
  const edu = await learns('edu', [join(root, 'test/vm/guest/edu.sh')], /13! = 1932053504[\s\S]*4000 bytes came back/);
  execFileSync('rmmod', ['edu']);
  match(edu, /driver edu has bound/);
  if (!hasModule('e1000')) return;
  execFileSync('modprobe', ['e1000']);
  match(await learns('e1000', ['sh', '-c', upAndRunning], /link is up/), /driver e1000 has bound/);
}

/** Captures the device twice, and puts what was learned of it on the bus. Returns what that run has said. */
async function learns(device: string, command: readonly string[], works: RegExp): Promise<string> {
  const captures = [1, 2].map((n) => `/dev/shm/${device}-${n}.pcapng`);
  for (const capture of captures) {
    const run = pciem('proxy', '--device', device, '--quiet', '--capture', capture, '--', ...command);
    strictEqual(await run.ended, 0, run.output());
    match(run.output(), works);
  }
  const file = join(share, `${device}.model.yaml`);
  const learning = pciem('model', 'learn', ...captures, '-o', file);
  strictEqual(await learning.ended, 0, learning.output());
  const check = pciem('model', 'check', file, ...captures);
  strictEqual(await check.ended, 0, check.output());
  const explained = [...check.output().matchAll(/: ([\d.]+) % explained/g)].map(([, percent]) => Number(percent));
  ok(explained.length === 2 && explained.every((percent) => percent >= 95), check.output());
  const model = pciem('proxy', '--learn', file, '--quiet', '--', ...command);
  strictEqual(await model.ended, 0, model.output());
  match(model.output(), works);
  return model.output();
}
