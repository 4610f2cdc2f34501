import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, test } from 'vitest';
import { access } from '../../capture/src/testing/analyze.ts';
import { readCapture } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { ExportCommand } from '../../src/commands/export.ts';
import { QueryCommand } from '../../src/commands/query.ts';
import { COLUMNS } from '../../src/export/columns.ts';
import { packageRoot } from '../../src/paths.ts';
import { loadDuckDb } from '../../src/query/duckdb.ts';
import { captureFolder, runCommand } from './analyze-helpers.ts';

const folder = await captureFolder();
afterAll(() => folder.remove());
const file = await folder.write('session.pcapng');
const { packets } = readCapture(new Uint8Array(await readFile(file)));
const tlps = packets.filter(({ record }) => record.kind === 1);

const runExport = (...argv: string[]) => runCommand(ExportCommand, ...argv);
const query = (...argv: string[]) => runCommand(QueryCommand, ...argv);

async function parquet(name: string, capture = file): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(dirname(path), { recursive: true });
  expect(await runExport(capture, '--to', 'parquet', '-o', path)).toMatchObject({ status: 0, stderr: '' });
  return path;
}

async function ndjson(capture = file): Promise<Record<string, unknown>[]> {
  const { stdout } = await runExport(capture, '--to', 'ndjson');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('one NDJSON row a TLP, with what the capture says of it', async () => {
  const rows = await ndjson();
  expect(rows).toHaveLength(tlps.length);
  const read = rows.find(({ register, latency_ns }) => register === 'CSTS' && latency_ns === 1500);
  expect(read).toEqual({
    frame: expect.any(Number),
    time: '2023-11-14T22:13:20.000021500Z',
    time_ns: expect.any(Number),
    function: '1f000:00:00.0',
    device: 'nvme',
    sender: 'device',
    type: 'CplD',
    requester: 255,
    completer: 0,
    tag: 1,
    tc: 0,
    attr: 0,
    poisoned: false,
    address: 0x10_001c,
    dwords: 1,
    bytes: 4,
    status: 'SC',
    space: 'BAR 0',
    offset: 0x1c,
    register: 'CSTS',
    value: 1,
    forwarded: true,
    request_frame: (read?.frame as number) - 1,
    latency_ns: 1500,
    event: expect.any(Number),
  });
  expect(rows.find(({ type }) => type === 'MSI')).toMatchObject({ vector: 1, sender: 'device', bytes: 4 });
  expect(rows.find(({ bytes }) => bytes === 4096)).toMatchObject({
    type: 'MWr',
    address: 0x7000_0000,
    coherent: false,
  });
});

test('CSV has the same rows and columns', async () => {
  const { stdout } = await runExport(file, '--to', 'csv');
  const [head, ...lines] = stdout.trimEnd().split('\n') as [string, ...string[]];
  expect(head.split(',')).toEqual(COLUMNS.map(({ name }) => name));
  const rows = await ndjson();
  const fromCsv = lines.map((line) => line.split(','));
  for (const [index, row] of rows.entries()) {
    const cells = COLUMNS.map(({ name }) => (row[name] === undefined ? '' : String(row[name])));
    // JSON.parse rounds nanoseconds since 1970.
    expect(fromCsv[index]?.slice(0, -1)).toEqual(cells.slice(0, -1));
  }
});

test('Parquet has them too, with the documented types', async () => {
  const path = await parquet('typed.parquet');
  const buffer = await asyncBufferFromFile(path);
  const { schema } = await parquetMetadataAsync(buffer);
  const types = Object.fromEntries(
    schema.slice(1).map(({ name, type, converted_type }) => [name, converted_type ?? type]),
  );
  expect(types).toMatchObject({ frame: 'UINT_64', tag: 'INT32', type: 'UTF8', poisoned: 'BOOLEAN' });
  const rows = await parquetReadObjects({ file: buffer });
  const expected = await ndjson();
  expect(rows).toHaveLength(expected.length);
  for (const [index, row] of rows.entries()) {
    const { time: _, time_ns, ...others } = row;
    const plain = Object.fromEntries(
      Object.entries(others)
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
    );
    const { time: __, time_ns: ___, ...wanted } = expected[index] as Record<string, unknown>;
    expect(plain).toEqual(wanted);
    const { record } = tlps[index] as (typeof tlps)[number];
    expect(time_ns).toBe((BigInt(record.timeHi) << 32n) | BigInt(record.timeLo));
  }
});

test('a capture of several row groups keeps every row', async () => {
  const events = Array.from({ length: 70_000 }, (_, i): EventInit => access('memWrite', 0x1000, i & 3, i));
  const path = await parquet('long.parquet', await folder.write('long.pcapng', events));
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
  expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([16_384, 16_384, 16_384, 16_384, 4464]);
});

test('the page in docs describes every column', async () => {
  const page = await readFile(join(packageRoot, 'docs/export.md'), 'utf8');
  const table = page.slice(page.indexOf('## Columns'), page.indexOf('## SQL'));
  const documented = [...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| (\w+) \|/gm)].flatMap(([, names = '', type]) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, type === 'timestamp' ? 'time' : type]),
  );
  expect(documented).toEqual(COLUMNS.map(({ name, type }) => [name, type]));
});

test('mmiotrace: the accesses to BARs, in the tracer’s words', async () => {
  const { stdout } = await runExport(file, '--to', 'mmiotrace');
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('VERSION 20070824');
  expect(lines[1]).toBe('MAP 0.000001 1 0x100000 0x0 0x0 0x0 0');
  expect(lines[2]).toBe('R 4 0.000001 1 0x100000 0x20 0x0 0');
  expect(lines).toContain('W 4 0.000025 1 0x100014 0x460001 0x0 0');
  const accesses = tlps.filter(({ record, header }) => record.space === 0 && (header.fmtType & 0x1f) === 0);
  expect(lines.filter((line) => /^[RW] /.test(line))).toHaveLength(accesses.length);
});

test('upper PDU: the same packets behind the name of the dissector', async () => {
  const path = join(folder.path, 'upper.pcapng');
  await runExport(file, '--to', 'upper-pdu', '-o', path);
  const bytes = Buffer.from(await readFile(path));
  // Link type of the first interface description, behind the section header.
  expect(bytes.readUInt16LE(bytes.readUInt32LE(4) + 8)).toBe(252);
  const { PcapngReader } = await import('../../capture/src/pcapng/reader.ts');
  const prefix = Buffer.concat([Buffer.from([0, 12, 0, 8]), Buffer.from('pciem\0\0\0'), Buffer.alloc(4)]);
  const seen: Uint8Array[] = [];
  const reader = new PcapngReader({
    packet: ({ bytes: all, start, captured }) => seen.push(new Uint8Array(all.subarray(start, start + captured))),
  });
  reader.push(bytes);
  reader.finish();
  expect(seen).toHaveLength(packets.length);
  for (const [index, packet] of seen.entries()) {
    expect(Buffer.concat([prefix, packets[index]?.bytes as Uint8Array]).equals(packet)).toBe(true);
  }
});

describe('query', () => {
  test('counts equal those of the capture', async () => {
    const { stdout } = await query(file, 'SELECT type, count(*) AS n FROM tlp GROUP BY type', '--json');
    const counts = Object.fromEntries(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ type, n }) => [type, n]),
    );
    const rows = await ndjson();
    for (const [type, count] of Object.entries(counts)) {
      expect(rows.filter((row) => row.type === type)).toHaveLength(count as number);
    }
    expect(Object.values(counts).reduce((sum: number, count) => sum + (count as number), 0)).toBe(rows.length);
  });

  test('over many files in directories by name, as the page in docs does it', async () => {
    for (const day of ['2026-11-22', '2026-11-23']) await parquet(`captures/device=nvme/day=${day}/run-1.parquet`);
    await parquet('captures/device=nvme/day=2026-11-23/run-2.parquet');
    const page = await readFile(join(packageRoot, 'docs/export.md'), 'utf8');
    const sql = /captures\/\*\/\*\/\*\.parquet' "([^"]+)"/.exec(page)?.[1] as string;
    const { stdout } = await query(join(folder.path, 'captures/*/*/*.parquet'), sql, '--json');
    const completions = (await ndjson()).filter(({ type }) => type === 'CplD').length;
    const row = (day: string, count: number) => ({ day, completions: count, slowest: 1500 });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([row('2026-11-22', completions), row('2026-11-23', 2 * completions)]);
  });

  test('prints a table that is cut to a limit', async () => {
    const { stdout } = await query(file, 'SELECT frame, register FROM tlp ORDER BY frame', '--limit', '2');
    const [head, , , more] = stdout.split('\n');
    expect(head).toMatch(/^frame +register$/);
    expect(more).toBe(`... and ${tlps.length - 2} more: --limit 0 shows all`);
  });

  test('a wrong query is the user’s to mend', async () => {
    const { status, stderr } = await query(file, 'SELECT nothing FROM tlp');
    expect(status).toBe(1);
    expect(stderr).toContain('"nothing" not found');
  });

  test('without DuckDB, says how to add it', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(loadDuckDb(() => Promise.reject(missing))).rejects.toMatchObject({
      message: 'pciem query needs DuckDB, which is not installed',
      nextSteps: [expect.stringContaining('npm install @duckdb/node-api'), expect.any(String)],
    });
  });
});

describe('mistakes', () => {
  test.each([
    [['nope.pcapng', '--to', 'csv'], 2, 'there is no such file'],
    [[file, '--to', 'csv', '-o', '/no/such/dir/x.csv'], 2, 'its directory does not exist'],
    [[file, '--to', 'csv', '-o', folder.path], 2, 'it is a directory'],
    [[file, '--to', 'xml'], 2, 'Expected --to=xml to be one of'],
  ] as [string[], number, string][])('%s', async (argv, status, message) => {
    const result = await runExport(...argv);
    expect(result).toMatchObject({ status, stderr: expect.stringContaining(message) });
  });

  test('a failed export leaves no file', async () => {
    const path = join(folder.path, 'left.csv');
    expect((await runExport(join(packageRoot, 'package.json'), '--to', 'csv', '-o', path)).status).toBe(1);
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });
});
