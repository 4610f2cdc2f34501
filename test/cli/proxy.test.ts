import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { convert, exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { packageRoot } from '../../src/paths.ts';
import { pciem } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let directory: string;
let capture: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-proxy-'));
  capture = join(directory, 'hello.pcapng');
  writeFileSync(capture, hello(0x00c0_ffee));
});
afterAll(() => rmSync(directory, { recursive: true }));

const start = 1_700_000_000_000_000_000n;
const bytes = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)];

/** What a driver of examples/hello.ts does. */
function hello(id: number): Uint8Array {
  const flags: NonNullable<EventInit['flags']> = ['completed'];
  const bar = { space: 0, latency: 500, flags };
  const config = { space: 7, latency: 500, flags };
  const events: EventInit[] = [
    { kind: 'plug' },
    { kind: 'configRead', ...config, offset: 0, data: bytes(0x0001_1234) },
    { kind: 'configWrite', ...config, offset: 0x10, data: bytes(0xe000_0000) },
    { kind: 'configWrite', ...config, offset: 4, data: [6, 0] },
    { kind: 'memRead', ...bar, offset: 0, data: bytes(id) },
    { kind: 'memWrite', space: 0, offset: 4, data: bytes(7) },
    { kind: 'memRead', ...bar, offset: 4, data: bytes(7) },
    { kind: 'memRead', ...bar, offset: 0, data: bytes(id) },
  ];
  const placed = events.map((event, i) => ({
    ...event,
    seq: i + 1,
    time: start + BigInt(i * 1000),
    tag: i,
    address: event.space === 0 ? 0xe000_0000 + Number(event.offset) : (event.offset ?? 0),
  }));
  const registers = ['ID', 'DOOR', 'TIME', 'STAT'].map((name, i) => ({ space: 0, offset: i * 4, width: 4, name }));
  const bars = [{ index: 0, size: 4096, kind: 'trapped', bits: 32, prefetchable: false } as const];
  const map = exampleMap({ name: 'hello', deviceId: 1, subsystemVendor: 0x1234, subsystem: 1, bars, registers });
  return convert(placed, { maps: [map] });
}

describe('pciem proxy', () => {
  test.each([
    [[], 'Nothing says what device to be'],
    [['--id', '8086'], '--id 8086: give vendor and device'],
    [['--id', '1:2', '--bar', '0=3'], '--bar 0=3: the size has to be a power of two'],
    [['--id', '1:2', '--bar', '0=4K', '--rules', '/no/such.yaml'], '--rules /no/such.yaml: there is no such file'],
    [['--id', '1:2', '--bar', '0=4K', '--script', '/no/such.ts'], '--script /no/such.ts: there is no such file'],
    [['--map', '/no/such.yaml'], '--map /no/such.yaml: there is no such file'],
    [['--map', 'nvm'], 'Did you mean nvme?'],
    [['--id', '1:2', '--bar', '0=512,io'], 'from 4 to 256 in I/O space'],
    [['--clone', 'ff:1f.7'], '--clone ff:1f.7: this machine has no such device'],
    [['--learn', '/no/such.yaml'], '/no/such.yaml: there is no such file'],
    [['--device', 'nothing'], 'nothing'],
    [['--id', '1:2', '--bar', '0=4K', '--mode', 'loud'], '--mode=loud'],
    [['--id', '1:2', '--bar', '0=4K', '--capture', '-'], 'standard output belongs to the log'],
  ])('%j is refused', (args, message) => {
    const { status, stderr } = pciem('proxy', ...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain('    at ');
  });

  test('points at the mistake in a file of rules', () => {
    const rules = join(directory, 'rules.yaml');
    writeFileSync(rules, 'rules:\n  - match: {offset: 0}\n    answer: {valu: 1}\n');
    const { status, stderr } = pciem('proxy', '--id', '1:2', '--bar', '0=4K', '--rules', rules);
    expect(status).toBe(2);
    expect(stderr).toContain(`${rules}:3:14: rules.0.answer.valu: Unrecognized key: "valu"`);
  });
});

describe('pciem replay', () => {
  test('finds no difference in the device that was captured', () => {
    const { status, stdout } = pciem('replay', capture, '--device', join(packageRoot, 'examples/hello.ts'));
    expect([status, stdout]).toEqual([0, expect.stringContaining('no difference')]);
  });

  test('finds exactly the register that has changed', () => {
    const other = join(directory, 'other.pcapng');
    const report = join(directory, 'report.xml');
    writeFileSync(other, hello(0x00c0_ffef));
    const device = join(packageRoot, 'examples/hello.ts');
    const { status, stdout } = pciem('replay', other, '--device', device, '--json', '--junit', report);
    const { differences } = JSON.parse(stdout) as { differences: { what: string }[] };
    expect(status).toBe(1);
    expect(differences.map(({ what }) => what)).toEqual(['ID', 'ID']);
    expect(readFileSync(report, 'utf8')).toContain('failures="1"');
  });
});

test('pciem model learns from a capture, and explains it', () => {
  const model = join(directory, 'hello.model.yaml');
  const learned = pciem('model', 'learn', capture, '-o', model);
  expect([learned.status, learned.stdout]).toEqual([0, 'hello: 2 registers (2 constant), 0 effects\n']);
  const { status, stdout } = pciem('model', 'check', model, capture);
  expect([status, stdout]).toEqual([0, expect.stringContaining('100.0 % explained')]);
});

test('pciem analyze prints a capture as a driver and as rules', () => {
  const driver = pciem('analyze', capture, '--as-script', 'driver');
  expect(driver.stdout).toContain('host.write32(0, 0x4, 0x7); // DOOR');
  const rules = pciem('analyze', capture, '--as-script', 'rules');
  expect(rules.stdout).toContain('value: 0xc0ffee');
});
