import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarize } from '@pciem/capture';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/kernels/index.ts';
import { buildModule } from '../../src/kmod/build.ts';
import { packageRoot } from '../../src/paths.ts';
import { guestNode, runInVm, type VmResult } from '../../src/vm/index.ts';
import { Workbench } from '../wireshark/tshark.ts';
import { fetchDkms } from './dkms.ts';
import { buildEndpointTest } from './endpoint-driver.ts';
import { buildFeatures } from './feature-driver.ts';
import { type CheckName, checks, isWanted, type KernelRole } from './guest/checks.ts';
import type { Results } from './guest/main.ts';
import { testKernels } from './kernels.ts';
import { buildPrograms } from './programs.ts';

const kernels = await testKernels();

const GUIDES = 'the code of the guides works' satisfies CheckName;
const CLONES = "twins of QEMU's e1000, nvme, edu and intel-hda look the same to lspci" satisfies CheckName;

/** What the checks of the official plugins write. */
const pluginCaptures = {
  watchdog: 'i6300esb: the watchdog is started, stopped, and runs out',
  'endpoint-test': "pci_endpoint_test: the kernel's own test of an endpoint passes",
  edu: 'edu: a driver computes factorials and moves data',
  e1000: 'e1000: ethtool -t passes, ping, TCP and iperf3 through the network card',
  display: 'display: what is drawn is in the screenshot and in the browser',
  serial: 'serial: two ports carry data both ways',
} as const satisfies Record<string, CheckName>;

/** Devices of QEMU in other slots, to be cloned; the guest keeps drivers off them. */
const originals = [
  ['-device', 'e1000,romfile=', '-device', 'edu', '-device', 'intel-hda'],
  ['-drive', 'if=none,id=original,file.driver=null-co,file.size=64M,format=raw'],
  ['-device', 'nvme,drive=original,serial=original'],
].flat();

/** The counters of a capture that misses nothing, of a device that did nothing wrong. */
const flawless = { lost: 0, timedOut: 0, dmaFaults: 0, foreign: 0, skippedBytes: 0, truncatedBytes: 0 };

/** What the checks provoke, as tshark's tables show it. */
const provoked: Partial<Record<string, string[]>> = {
  watchdog: [
    'Error in the device 1 0',
    '1 Response PCIEM Error in the device: timed out: a real one would reset the system now',
  ],
};

/** What chooses checks and how long they take: see the README. */
function testSettings(): Record<string, string> {
  const settings = Object.entries(process.env).filter(([name]) => name.startsWith('PCIEM_TEST_'));
  return Object.fromEntries(settings.map(([name, value]) => [name, value ?? '']));
}

function roleOf(kernel: Kernel): KernelRole {
  if (kernel.source === 'given') return 'debug';
  return kernel === kernels.findLast(({ source }) => source !== 'given') ? 'newest' : 'oldest';
}

describe.each(kernels)('$release', (kernel) => {
  let share: string;
  let output = '';
  let vm: VmResult;
  let results: Results = {};
  const role = roleOf(kernel);

  beforeAll(async () => {
    share = await mkdtemp(join(tmpdir(), 'pciem-test-'));
    const testDriver = await buildModule(kernel, () => {}, join(packageRoot, 'kmod/tests/driver'), 'pciem_test');
    await copyFile(testDriver, join(share, 'pciem_test.ko'));
    const eduDriver = await buildModule(kernel, () => {}, join(packageRoot, 'plugins/edu/driver'), 'edu');
    await copyFile(eduDriver, join(share, 'edu.ko'));
    await buildEndpointTest(kernel, share);
    await buildPrograms(share);
    const module = await buildModule(kernel, () => {});
    await copyFile(module, join(share, 'pciem.ko'));
    await buildFeatures(kernel, share);
    if (isWanted('pciem kmod: build, load, status, unload, and install by dkms', role)) await fetchDkms(share);
    vm = await runInVm({
      kernel,
      module,
      command: guestNode(join(packageRoot, 'test/vm/guest/main.ts')),
      cwd: packageRoot,
      env: {
        PCIEM_TEST_TREE: join(packageRoot, 'kmod'),
        ...testSettings(),
        PCIEM_TEST_ROLE: role,
        PCIEM_TEST_HEADERS: kernel.build ?? '',
        // The long form, 20 kills and a minute of fio, is `npm run test:long`.
        PCIEM_TEST_KILLS: process.env.PCIEM_TEST_KILLS ?? (role === 'debug' ? '1' : '3'),
        // 100000 by hand.
        PCIEM_TEST_FIO_SECONDS: process.env.PCIEM_TEST_FIO_SECONDS ?? '5',
      },
      memory: 3072,
      cpus: 2,
      share,
      ...(([CLONES, GUIDES] as const).some((check) => isWanted(check, role)) && { qemuArguments: originals }),
      pipe: join(share, 'io.pcapng'),
      // The CPU as others have it: with fast string operations Linux takes other ways.
      ...(role === 'debug' && { qemuArguments: ['-cpu', 'max'] }),
      timeout: 3600,
      onOutput: (_, chunk) => {
        output += chunk.toString();
        process.stderr.write(chunk);
      },
      progress: (line) => process.stderr.write(`  ${line}\n`),
    });
    results = JSON.parse(await readFile(join(share, 'results.json'), 'utf8')) as Results;
  }, 3_700_000);

  afterAll(async () => {
    await rm(share, { recursive: true, force: true });
  });

  const wanted = (Object.keys(checks) as CheckName[]).filter((name) => isWanted(name, role));

  test.each(wanted)('%s', (name) => {
    expect(results[name], output).toBe('');
  });

  test('the kernel has no complaint', () => {
    expect(vm.splats.map(({ excerpt }) => excerpt)).toEqual([]);
  });

  const captured = (Object.keys(pluginCaptures) as (keyof typeof pluginCaptures)[]).filter(
    (name) =>
      role !== 'debug' &&
      isWanted(pluginCaptures[name], role) &&
      (name !== 'endpoint-test' || process.env.PCIEM_TEST_LONG),
  );
  test.skipIf(captured.length === 0).each(captured)(
    'the capture of %s is whole, and dissected without an expert error',
    async (name) => {
      const capture = join(share, `${name}.pcapng`);
      expect(await summarize(capture)).toMatchObject(flawless);
      const bench = new Workbench();
      try {
        expect(bench.overview(bench.copy(capture)).flaws).toEqual(provoked[name] ?? []);
      } finally {
        bench.remove();
      }
    },
  );

  test.skipIf(!captured.includes('watchdog'))('the capture of watchdog names the function of each access', () => {
    const bench = new Workbench();
    try {
      const file = bench.copy(join(share, 'watchdog.pcapng'));
      const requests = ['-Y', 'pciem.direction == 1 && pciem.kind == 1 && pciem.space == 0'];
      const callers = bench.fields(file, ['pciem.caller'], ...requests).flat();
      expect(callers.length).toBeGreaterThan(10);
      for (const caller of callers) expect(caller).toMatch(/^(esb|watchdog)_[\w.]+\+0x[0-9a-f]+\/0x[0-9a-f]+ \[\w+\]$/);
    } finally {
      bench.remove();
    }
  });

  describe.runIf(isWanted('fio verifies, and a file system comes back as it was written', role))(
    'the capture of the I/O',
    () => {
      const capture = () => join(share, 'io.pcapng');

      test('is whole: nothing lost, every request with its completion', async () => {
        const summary = await summarize(capture());
        expect(summary).toMatchObject(flawless);
        expect(summary.requests).toBeGreaterThan(1000);
        expect(summary.completed).toBe(summary.requests);
      });

      test('holds as many doorbell writes as the device saw', async () => {
        const [, seen] = /doorbell writes: (\d+)/.exec(await readFile(join(share, 'io.log'), 'utf8')) ?? [];
        const [fn] = (await summarize(capture())).functions;
        expect(fn?.doorbells).toBe(Number(seen));
      });

      test('is dissected without an error, down to the commands, and every request is linked to its completion', async () => {
        const bench = new Workbench();
        try {
          const file = bench.copy(capture());
          const { flaws, responses } = bench.overview(file);
          // The driver tries which Identify commands there are.
          expect(flaws.filter((flaw) => !flaw.endsWith('Command failed: Invalid Field in Command'))).toEqual([]);
          expect(responses).toBe((await summarize(capture())).requests);
          const commands = bench.fields(file, ['pciem.nvme.command'], '-Y', 'pciem.nvme.opcode', '-c', '4000');
          expect(commands.join().split(',')).toEqual(
            expect.arrayContaining(['Identify', 'Create I/O Submission Queue', 'Read']),
          );
        } finally {
          bench.remove();
        }
      });
    },
  );
});
