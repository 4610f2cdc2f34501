// Runs in the guest: every check in order, the results in the share, so that a crash loses only what had not run.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckName, checks, isWanted, type KernelRole } from './checks.ts';
import { share, stopAll } from './cli.ts';
import { keepDriversOff } from './originals.ts';
import { loadTestDriver } from './test-driver.ts';

/** What became of one check: '' if it passed, else what was wrong. */
export type Results = Partial<Record<CheckName, string>>;

loadTestDriver();
keepDriversOff();
const results: Results = {};
for (const [name, check] of Object.entries(checks) as [CheckName, () => Promise<void>][]) {
  if (!isWanted(name, process.env.PCIEM_TEST_ROLE as KernelRole)) continue;
  const start = performance.now();
  console.log(`# ${name}`);
  try {
    await check();
    results[name] = '';
  } catch (error) {
    results[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(results[name]);
  }
  await stopAll();
  console.log(`# ${((performance.now() - start) / 1000).toFixed(1)} s`);
  writeFileSync(join(share, 'results.json'), JSON.stringify(results));
}
