// Everything that CI runs, stage by stage. The last line is the sum: "N passed, N failed".
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { guardInstructions } from '../bench/guard.ts';
import { messageOf } from '../src/errors.ts';
import { packageRoot } from '../src/paths.ts';
import { buildForEveryKernel, checkStyle } from './test/kernel-module.ts';
import { add, check, type Stage, type Tally, tally } from './test/stage.ts';
import { runVitest } from './test/vitest.ts';

const bin = (name: string) => join(packageRoot, 'node_modules/.bin', name);

const stages: Stage[] = [
  { name: 'lint', run: () => check(bin('biome'), ['check', '--error-on-warnings', '.']) },
  { name: 'types', run: checkTypes },
  { name: 'unit', run: () => runVitest('unit') },
  { name: 'checkpatch', run: checkStyle },
  { name: 'kmod', run: buildForEveryKernel },
  { name: 'kmod-user-space', run: runMakefileTests },
  { name: 'luacheck', run: () => check('luacheck', ['--no-color', '-q', '.'], 'dissector') },
  { name: 'wireshark', run: () => runVitest('wireshark') },
  { name: 'instructions', run: checkInstructions },
  { name: 'vm', run: () => runVitest('vm') },
];

async function checkTypes(): Promise<Tally> {
  const build = await check(bin('tsc'), ['-b']);
  const manifest = await check(process.execPath, ['scripts/write-manifest.mjs']);
  return add([build, manifest, await check(bin('tsc'), ['-p', 'tsconfig.test.json'])]);
}

/** Instructions of accesses and NVMe commands, which hardly depend on how busy the machine is: none may rise by 10 %. */
async function checkInstructions(): Promise<Tally> {
  return add((await guardInstructions()).map(({ isRise }) => tally(!isRise)));
}

/** Parts of the module that also build in user space: each directory of test/kmod has a Makefile with a target test. */
async function runMakefileTests(): Promise<Tally> {
  const directories = (await readdir(join(packageRoot, 'test/kmod'))).map((name) =>
    join(packageRoot, 'test/kmod', name),
  );
  const tallies: Tally[] = [];
  for (const directory of directories) {
    if (existsSync(join(directory, 'Makefile'))) tallies.push(await runMake(directory));
  }
  return add(tallies);
}

/** Counts what the tests themselves count in a last line "N passed, N failed". */
async function runMake(directory: string): Promise<Tally> {
  const { failed, all } = await execa('make', ['-s', '-C', directory, 'test'], { all: true, reject: false });
  const [, passed, failures] = /^(\d+) passed, (\d+) failed$/m.exec(all) ?? [];
  const result = { passed: Number(passed ?? !failed), failed: Math.max(Number(failures ?? 0), Number(failed)) };
  console.log(result.failed === 0 ? `  ${basename(directory)}: ${result.passed} passed` : all);
  return result;
}

async function runStage({ name, run }: Stage): Promise<Tally> {
  console.log(`\n==> ${name}`);
  const start = performance.now();
  const result = await run().catch((error: unknown) => {
    console.log(messageOf(error));
    return tally(false);
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`    ${name}: ${result.passed} passed, ${result.failed} failed, ${seconds} s`);
  return result;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`There is no stage ${unknown.join(', ')}. Stages: ${stages.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const tallies: Tally[] = [];
const broken: string[] = [];
for (const stage of stages) {
  if (wanted.length > 0 && !wanted.includes(stage.name)) continue;
  const result = await runStage(stage);
  tallies.push(result);
  if (result.failed > 0) broken.push(stage.name);
}
if (broken.length > 0) console.log(`\nFailed: ${broken.join(', ')}. One of them again: npm test -- STAGE`);
const total = add(tallies);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
