// `npm run bench`: measures pciem against C, and prints how much faster or slower it is. See docs/performance.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Failure, messageOf, UsageFailure } from '../src/errors.ts';
import { packageRoot } from '../src/paths.ts';
import { baselinePart, writeInstructionBaseline } from './instruction-baseline.ts';
import { describeMachine, MachineWatch, reasonsForDoubt } from './machine.ts';
import { measureParts, parts } from './parts.ts';
import { renderReport } from './report/report.ts';

const usage = `Usage: npm run bench -- [--quick] [--part NAME]… [--json] [--output FILE] [--update-baseline]

  --quick        fewer figures and rounds: under 3 minutes instead of 15
  --part NAME    only this part; may be given several times
  --json         print JSON instead of a table
  --output FILE  write the JSON to a file as well
  --update-baseline
                 keep the counted instructions as what npm test compares with

Parts:
${parts.map(({ name, title }) => `  ${name.padEnd(14)} ${title}`).join('\n')}
`;

const { values: flags } = parseFlags();
if (flags.help) {
  process.stdout.write(usage);
  process.exit();
}

try {
  const unknown = (flags.part ?? []).filter((name) => parts.every((part) => part.name !== name));
  if (unknown.length > 0) {
    throw new UsageFailure(`--part ${unknown[0]}: there is no such part`, [
      `Parts: ${parts.map(({ name }) => name).join(', ')}`,
    ]);
  }
  const chosen = parts.filter(({ name }) => flags.part === undefined || flags.part.includes(name));
  if (flags['update-baseline'] && chosen.every(({ name }) => name !== baselinePart)) {
    throw new UsageFailure(`--update-baseline needs --part ${baselinePart}`);
  }
  const machine = await describeMachine(packageRoot);
  const watch = new MachineWatch();
  const started = performance.now();
  const measured = await measureParts(chosen, { quick: flags.quick, progress });
  const { disturbance } = watch;
  const report = {
    version: 1,
    date: new Date().toISOString(),
    quick: flags.quick,
    seconds: (performance.now() - started) / 1000,
    machine: { ...machine, ...measured.guest },
    disturbance,
    doubts: [...measured.failures, ...reasonsForDoubt(disturbance)],
    parts: measured.parts,
  } as const;
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (flags.output !== undefined) writeFileSync(flags.output, json);
  const guarded = measured.parts.find(({ name }) => name === baselinePart);
  if (flags['update-baseline'] && guarded && measured.failures.length === 0) {
    writeInstructionBaseline(measured.guest.guestKernel ?? '', guarded.figures);
  }
  if (measured.failures.length > 0) process.exitCode = 1;
  process.stdout.write(flags.json ? json : renderReport(report));
} catch (error) {
  const isKnown = error instanceof Failure;
  progress(isKnown ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (isKnown) for (const step of error.nextSteps) progress(`  ${step}`);
  process.exitCode = isKnown ? error.oclif.exit : 1;
}

function parseFlags() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        part: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        output: { type: 'string' },
        'update-baseline': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    progress(`${messageOf(error)}\n${usage}`);
    process.exit(2);
  }
}

function progress(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
