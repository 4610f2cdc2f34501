import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert, exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { exportCapture } from '../../src/export/export.ts';
import { packageRoot } from '../../src/paths.ts';
import { runInVm } from '../../src/vm/index.ts';
import { Workbench } from '../wireshark/tshark.ts';
import { testKernels } from './kernels.ts';

// Second witnesses. A stock driver meets a device that QEMU emulates, on one CPU; QEMU traces what reaches the device,
// Linux's mmiotrace what the driver does. QEMU's accesses go through the converter, and what comes out of the capture,
// by the mmiotrace export and by tshark, must be either witness's list: order, width, address, value.

interface Access {
  write: boolean;
  width: number;
  address: number;
  value: bigint;
}

const REGION = 'e1000-mmio';
const BAR_BYTES = 128 * 1024;

// A boot of its own: for the long form.
const kernel = process.env.PCIEM_TEST_LONG ? (await testKernels()).find(({ source }) => source !== 'given') : undefined;
const witnessed = kernel ? test : test.skip;
let directory: string;
let traced: Access[];
let capture: string;
let base: number;

beforeAll(async () => {
  if (kernel === undefined) return;
  directory = await mkdtemp(join(tmpdir(), 'pciem-witness-'));
  const log = join(directory, 'qemu.log');
  let output = '';
  const { status } = await runInVm({
    kernel,
    command: ['sh', join(packageRoot, 'test/vm/guest/mmiotrace.sh')],
    cwd: '/',
    memory: 1024,
    cpus: 1,
    share: directory,
    timeout: 300,
    qemuArguments: ['-device', 'e1000', '-trace', 'memory_region_ops_*', '-D', log],
    onOutput: (_, chunk) => {
      output += chunk.toString();
    },
    progress: () => {},
  });
  expect(status, output).toBe(0);
  traced = parseQemu(await readFile(log, 'utf8'));
  base = baseOf(traced);
  capture = join(directory, 'e1000.pcapng');
  await writeFile(capture, convert(traced.map(eventOf), { maps: [mapOf()] }));
}, 400_000);

afterAll(() => directory && rm(directory, { recursive: true }));

witnessed('QEMU saw a whole session of the driver', () => {
  expect(traced.filter(({ write }) => write).length).toBeGreaterThan(100);
  expect(traced.filter(({ write }) => !write).length).toBeGreaterThan(100);
});

witnessed('the mmiotrace export is what mmiotrace itself recorded', async () => {
  const text = join(directory, 'export.txt');
  await exportCapture(capture, 'mmiotrace', text);
  const recorded = await readFile(join(directory, 'mmiotrace.txt'), 'utf8');
  expect(recorded).not.toMatch(/lost|unexpected/i);
  const ofDevice = parseMmiotrace(recorded).filter(({ address }) => address >= base && address < base + BAR_BYTES);
  expect(parseMmiotrace(await readFile(text, 'utf8'))).toEqual(ofDevice);
  expect(ofDevice).toEqual(traced);
});

witnessed('tshark shows the same stream', async () => {
  const bench = new Workbench();
  try {
    const file = bench.copy(capture);
    expect(bench.overview(file).flaws).toEqual([]);
    const names = ['pciem.fmt_type', 'pciem.access', 'pciem.offset', 'pciem.payload'];
    const seen = bench.fields(file, names, '-Y', 'pciem.payload').map(([type, width, offset, payload]) => ({
      write: (Number(type) & ~0x20) === 0x40,
      width: Number(width),
      address: Number(offset) + base,
      value: BigInt(`0x${littleEndian(payload as string)}`),
    }));
    expect(seen).toEqual(traced);
  } finally {
    bench.remove();
  }
});

/** Lines such as `memory_region_ops_write cpu 0 mr 0x… addr 0xfebc0000 value 0x4140240 size 4 name 'e1000-mmio'`. */
function parseQemu(text: string): Access[] {
  const line = /memory_region_ops_(read|write) cpu \S+ mr \S+ addr (\S+) value (\S+) size (\d+) name '([^']*)'/g;
  return [...text.matchAll(line)]
    .filter(([, , , , , name]) => name === REGION)
    .map(([, kind, address, value, width]) => ({
      write: kind === 'write',
      width: Number(width),
      address: Number(address),
      value: BigInt(value as string),
    }));
}

/** Lines such as `W 4 0.001 1 0xfebc0000 0x4140240 0x0 0`. */
function parseMmiotrace(text: string): Access[] {
  return [...text.matchAll(/^([RW]) (\d+) \S+ \d+ (\S+) (\S+) /gm)].map(([, kind, width, address, value]) => ({
    write: kind === 'W',
    width: Number(width),
    address: Number(address),
    value: BigInt(value as string),
  }));
}

function baseOf(accesses: readonly Access[]): number {
  const address = accesses[0]?.address ?? 0;
  return address - (address % BAR_BYTES);
}

function littleEndian(hex: string): string {
  return Buffer.from(hex, 'hex').reverse().toString('hex');
}

function eventOf({ write, width, address, value }: Access, index: number): EventInit {
  const data = Buffer.alloc(8);
  data.writeBigUInt64LE(value);
  return {
    kind: write ? 'memWrite' : 'memRead',
    flags: write ? [] : ['completed'],
    seq: index + 1,
    time: 1_700_000_000_000_000_000n + BigInt(index) * 1000n,
    latency: write ? 0 : 100,
    tag: 0xc0,
    address,
    offset: address - base,
    data: data.subarray(0, width),
  };
}

function mapOf() {
  const bar = { index: 0, size: BAR_BYTES, kind: 'trapped', bits: 32, prefetchable: false } as const;
  return exampleMap({ name: 'e1000', registers: [], bars: [{ ...bar, address: BigInt(base) }] });
}
