import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PacketGate } from '../../../capture/src/filter/gate.ts';
import { access } from '../../../capture/src/testing/analyze.ts';
import { convert, exampleMap, readCapture } from '../../../capture/src/testing/capture.ts';
import { openCaptureOutput } from './capture-output.ts';
import { rotatedName } from './capture-rotation.ts';
import type { CaptureSettings } from './capture-settings.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-output-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const maps = [exampleMap(), exampleMap({ function: 1 })];
const COUNT = 2000;
const events = Array.from({ length: COUNT }, (_, index) => access('memWrite', 0x14, index, index * 1000));

/** Writes the capture of the events in chunks of whole blocks. */
function write(name: string, settings: CaptureSettings, bytes = convert(events, { maps })): void {
  const output = openCaptureOutput(join(directory, name), settings);
  const view = new DataView(bytes.buffer);
  let at = 0;
  while (at < bytes.length) {
    let end = at;
    for (let block = 0; block < 37 && end < bytes.length; block++) end += view.getUint32(end + 4, true);
    // Chunks are used up when `write` returns.
    const chunk = bytes.slice(at, end);
    output.write(chunk);
    chunk.fill(0xee);
    at = end;
  }
  output.close();
}

const values = (bytes: Uint8Array) =>
  readCapture(bytes).packets.flatMap(({ record, body }) =>
    record.kind === 1 ? [Buffer.from(body).readUInt32LE(0)] : [],
  );
const all = Array.from({ length: COUNT }, (_, index) => index);

describe('a single file', () => {
  it.each([
    ['a.pcapng', undefined, (bytes: Buffer) => bytes],
    ['a.pcapng.gz', 'gzip' as const, gunzipSync],
    ['a.pcapng.zst', 'zstd' as const, unzstd],
  ])('%s', (name, compression, decompress) => {
    write(name, compression === undefined ? {} : { compression });
    const file = readFileSync(join(directory, name));
    expect(values(new Uint8Array(decompress(file)))).toEqual(all);
    if (compression !== undefined) expect(file.length).toBeLessThan(convert(events, { maps }).length / 4);
  });
});

describe('several files', () => {
  it('are complete each, together hold everything, and have the size that was asked for', () => {
    write('ring.pcapng', { fileBytes: 65536 });
    const names = readdirSync(directory).sort();
    expect(names.length).toBeGreaterThan(3);
    for (const [index, name] of names.entries()) {
      expect(name).toMatch(new RegExp(`^ring_0000${index + 1}_\\d{14}\\.pcapng$`));
      const file = readFileSync(join(directory, name));
      expect(file.length).toBeLessThanOrEqual(65536);
      if (index < names.length - 1) expect(file.length).toBeGreaterThan(64000);
      const { interfaces, packets, end } = readCapture(new Uint8Array(file));
      expect(interfaces.map((each) => each.name)).toEqual(['1f000:00:00.0', '1f000:00:00.1']);
      expect(packets.slice(0, 2).map(({ record }) => record.kind)).toEqual([2, 2]);
      expect(packets.filter(({ record }) => record.kind === 2)).toHaveLength(2);
      expect(end).toMatchObject({ skippedBytes: 0, truncatedBytes: 0 });
    }
    expect(names.flatMap((name) => values(new Uint8Array(readFileSync(join(directory, name)))))).toEqual(all);
  });

  it('keeps the last ones', () => {
    write('ring.pcapng', { fileBytes: 65536, files: 2 });
    const names = readdirSync(directory).sort();
    expect(names).toHaveLength(2);
    const kept = names.flatMap((name) => values(new Uint8Array(readFileSync(join(directory, name)))));
    expect(kept).toEqual(all.slice(-kept.length));
  });

  it('may be compressed', () => {
    write('ring.pcapng.gz', { fileBytes: 20_000, compression: 'gzip' });
    const names = readdirSync(directory).sort();
    expect(names.length).toBeGreaterThan(1);
    expect(names[0]).toMatch(/^ring_00001_\d{14}\.pcapng\.gz$/);
    const contents = names.map((name) => new Uint8Array(gunzipSync(readFileSync(join(directory, name)))));
    expect(contents.flatMap(values)).toEqual(all);
  });

  it('start after some time', async () => {
    const output = openCaptureOutput(join(directory, 'timed'), { fileSeconds: 0.02 });
    const [section = new Uint8Array(), ...rest] = blocksOf(convert(events.slice(0, 3), { maps }));
    output.write(section);
    for (const block of rest) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      output.write(block);
    }
    output.close();
    const names = readdirSync(directory).sort();
    expect(names.length).toBeGreaterThanOrEqual(3);
    expect(names.flatMap((name) => values(new Uint8Array(readFileSync(join(directory, name)))))).toEqual([0, 1, 2]);
  });

  it('have names as those of Wireshark', () => {
    const time = new Date('2026-11-22T12:34:56.789Z');
    expect(rotatedName('/a.b/x.pcapng.gz', 12, time)).toBe('/a.b/x_00012_20261122123456.pcapng.gz');
    expect(rotatedName('x', 100000, time)).toBe('x_100000_20261122123456');
  });
});

describe('packets that are held back', () => {
  it.each([0, 1, 5, 100, 5000])('lets the last %i go when the time has come', (before) => {
    const output = openCaptureOutput(join(directory, 'held'), { before });
    const blocks = blocksOf(convert(events.slice(0, 500), { maps }));
    for (const block of blocks) output.write(block.slice());
    expect(values(new Uint8Array(readFileSync(join(directory, 'held'))))).toEqual([]);
    output.release();
    for (const block of blocksOf(convert(events.slice(500, 510), { maps })).slice(5, 10)) output.write(block);
    output.close();
    const file = new Uint8Array(readFileSync(join(directory, 'held')));
    expect(values(file)).toEqual([...all.slice(Math.max(0, 500 - before), 500), 500, 501, 502, 503, 504]);
    expect(readCapture(file).interfaces).toHaveLength(2);
    expect(readCapture(file).packets.filter(({ record }) => record.kind === 2)).toHaveLength(2);
  });

  it.each([0, 1, 5])('are %i, then the one for which they waited, then what follows', (before) => {
    const output = openCaptureOutput(join(directory, 'triggered'), { before });
    const condition = { stopWhen: 'value=100', after: 2, onTrigger: () => output.release() };
    const sink = (chunk: Uint8Array) => output.write(chunk.slice());
    convert(events, { maps, gate: new PacketGate(condition, maps), sink });
    output.close();
    const file = new Uint8Array(readFileSync(join(directory, 'triggered')));
    expect(values(file)).toEqual(all.slice(100 - before, 103));
  });

  it('are written when the capture ends without', () => {
    write('held', { before: 10 });
    expect(values(new Uint8Array(readFileSync(join(directory, 'held'))))).toEqual(all.slice(-10));
  });
});

/** All frames: Node's own function reads the first one only. */
function unzstd(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { buffer, engine } = zstdDecompressSync(bytes.subarray(at), { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    parts.push(buffer);
    at += engine.bytesWritten;
  }
  return Buffer.concat(parts);
}

function blocksOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += view.getUint32(at + 4, true)) {
    blocks.push(bytes.subarray(at, at + view.getUint32(at + 4, true)));
  }
  return blocks;
}
