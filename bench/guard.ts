import { Failure } from '../src/errors.ts';
import { buildTree } from './build.ts';
import { figureOf } from './figure.ts';
import { measureInGuest } from './guest-run.ts';
import { type Change, changesSince, readInstructionBaseline } from './instruction-baseline.ts';
import { guardedAccesses } from './instruction-cases.ts';
import { guardPart } from './protocol.ts';

/** What CI compares: counts instructions, and tells how they changed since the baseline in the repository. */
export async function guardInstructions(): Promise<Change[]> {
  const baseline = readInstructionBaseline();
  if (baseline === undefined) {
    throw new Failure('There is no bench/baseline.json', [
      'Make it: npm run bench -- --part instructions --update-baseline',
    ]);
  }
  await buildTree();
  const run = await measureInGuest('counting', { parts: [guardPart], quick: true }, () => {});
  const figures = guardedAccesses.flatMap((definition) => figureOf(definition, run.samples) ?? []);
  const changes = changesSince(baseline, figures);
  for (const { id, before, now, isRise } of changes) {
    const percent = `${now < before ? '' : '+'}${((now / before - 1) * 100).toFixed(1)} %`;
    console.log(`  ${id.padEnd(24)} ${before} → ${now.toFixed(0)} (${percent})${isRise ? ' TOO MUCH' : ''}`);
  }
  if (changes.some(({ isRise }) => isRise)) {
    if (run.kernel !== baseline.kernel) console.log(`  on Linux ${run.kernel}; the baseline is of ${baseline.kernel}`);
    console.log('  If it has to be: npm run bench -- --part instructions --update-baseline');
  }
  return changes;
}
