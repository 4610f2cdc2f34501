// `npm run profile`: where the instructions of one NVMe command go. See docs/performance.md.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { Failure, messageOf } from '../../src/errors.ts';
import { buildModule } from '../../src/kmod/build.ts';
import { packageRoot } from '../../src/paths.ts';
import { numbers, plainTable } from '../../src/render/plain-table.ts';
import { quote } from '../../src/vm/guest-script.ts';
import { escapePath, guestNode, guestShare, runInVm } from '../../src/vm/index.ts';
import { benchKernel } from '../guest-run.ts';
import { buildPlugin } from '../plugin/build.ts';
import { type Account, account, COUNTING_OFFSET } from './account.ts';
import { compiledSymbols, kernelSymbols, nodeSymbols } from './symbols.ts';

const usage = `Usage: npm run profile -- [--rw KIND] [--bs SIZE] [--depth N] [--rate N]
                          [--set K=V] [--cpus N] [--capture] [--top N]

Counts the instructions of the guest while fio runs on the NVMe device, and says
whose they are, of one command. With two CPUs those of looking for work count too.

  --rw KIND    as fio's: randread when left out
  --bs SIZE    bytes of a command: 4k
  --depth N    commands at a time: 32
  --rate N     commands a second, so that the device sleeps before each; as many
               as there can be when left out
  --set K=V    option of the device: doorbellBuffer=true when left out
  --cpus N     CPUs of the guest: 2
  --capture    while all of it is captured into a file in memory
  --warm-up N  commands before, in which V8 compiles: 60000
  --count N    commands that are counted: 20000
  --top N      functions that are shown: 30
  --json       print JSON
`;

/** Lines of the guest that tell the host when to count. */
const START = 'profile: start';
const END = 'profile: end';

const flags = parseFlags();
/** Of the guest's output: a line that has not ended. */
let rest = '';

try {
  const result = await measure();
  process.stdout.write(flags.json ? `${JSON.stringify(result, undefined, 2)}\n` : render(result));
} catch (error) {
  progress(error instanceof Failure ? error.message : error instanceof Error ? String(error.stack) : String(error));
  process.exitCode = 1;
}

async function measure(): Promise<Account> {
  // In memory: the file is written all the time.
  const directory = mkdtempSync('/dev/shm/pciem-profile-');
  try {
    const profile = join(directory, 'profile');
    const plugin = await buildPlugin('profile', directory);
    const kernel = await benchKernel(progress);
    const { status, splats } = await runInVm({
      kernel,
      module: await buildModule(kernel, progress),
      command: ['/bin/sh', '-c', guestCommand()],
      cwd: packageRoot,
      memory: 3072,
      accelerator: 'tcg',
      cpus: Number(flags.cpus),
      share: directory,
      timeout: 1200,
      qemuArguments: ['-plugin', `${escapePath(plugin)},profile=${escapePath(profile)}`],
      signals: process,
      onOutput: (stream, chunk) => {
        if (stream === 'stdout') follow(profile, chunk.toString());
        else process.stderr.write(chunk);
      },
      progress,
    });
    if (status !== 0 || splats.length > 0)
      throw new Failure(`fio or the device failed in the guest (status ${status})`);
    const [node = ''] = guestNode();
    const { stdout } = await execa('nm', ['--demangle', '--defined-only', node]);
    const symbols = [
      ...kernelSymbols(readFileSync(join(directory, 'kallsyms'), 'utf8')),
      ...nodeSymbols(stdout),
      ...compiledSymbols(readFileSync(join(directory, 'compiled'), 'utf8')),
    ];
    return account(readFileSync(profile), symbols, Number(flags.count));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** In the guest: the device, fio for warming up, fio for counting, then what tells functions from addresses. */
function guestCommand(): string {
  const rate = flags.rate === undefined ? '' : ` --rate_iops=${flags.rate}`;
  const fio = (count: string) =>
    `fio --name=profile --filename=/dev/nvme0n1 --direct=1 --ioengine=libaio --thread --size=64m --io_size=1t ` +
    `--rw=${quote(flags.rw)} --bs=${quote(flags.bs)} --iodepth=${quote(flags.depth)} --number_ios=${quote(count)} ` +
    `--output=/dev/null${rate}`;
  const driver = [
    'set -e',
    'until [ -b /dev/nvme0n1 ]; do sleep 0.2; done',
    fio(flags['warm-up']),
    `echo ${quote(START)}; sleep 0.5`,
    fio(flags.count),
    `echo ${quote(END)}; sleep 0.5`,
    `cat /proc/kallsyms > ${guestShare}/kallsyms`,
    `cat /tmp/perf-*.map > ${guestShare}/compiled`,
  ].join('; ');
  const capture = flags.capture ? ['--capture', '/tmp/profile.pcapng'] : [];
  const run = guestNode(
    '--perf-basic-prof',
    'bin/run.js',
    'run',
    'nvme',
    '--set',
    flags.set,
    ...capture,
    '--',
    'sh',
    '-c',
    driver,
  );
  return `rm -f /tmp/perf-*.map; exec ${run.map(quote).join(' ')}`;
}

function follow(profile: string, text: string): void {
  const lines = (rest + text).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    if (line === START || line === END) setCounting(profile, line === START);
    progress(line);
  }
}

function setCounting(profile: string, on: boolean): void {
  const file = openSync(profile, 'r+');
  writeSync(file, Uint8Array.of(on ? 1 : 0), 0, 1, COUNTING_OFFSET);
  closeSync(file);
}

function render({ total, layers, functions }: Account): string {
  const row = ({ name, instructions, blocks }: Account['total']) => [
    instructions.toFixed(0),
    blocks.toFixed(0),
    name.length > 56 ? `${name.slice(0, 55)}…` : name,
  ];
  const columns = (what: string) => [numbers('instr.'), numbers('blocks'), what];
  return [
    plainTable(columns('of one command'), [total, ...layers].map(row)),
    plainTable(columns('function'), functions.slice(0, Number(flags.top)).map(row)),
    '',
  ].join('\n\n');
}

function parseFlags() {
  const option = (value: string) => ({ type: 'string', default: value }) as const;
  try {
    const { values } = parseArgs({
      options: {
        rw: option('randread'),
        bs: option('4k'),
        depth: option('32'),
        rate: { type: 'string' },
        set: option('doorbellBuffer=true'),
        cpus: option('2'),
        'warm-up': option('60000'),
        count: option('20000'),
        top: option('30'),
        capture: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit();
    }
    for (const name of ['depth', 'rate', 'cpus', 'warm-up', 'count', 'top'] as const) {
      if (!/^[1-9]\d*$/.test(values[name] ?? '1'))
        throw new Error(`--${name} ${values[name]}: give a whole number from 1 on`);
    }
    return values;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function progress(line: string): void {
  process.stderr.write(`profile: ${line}\n`);
}
