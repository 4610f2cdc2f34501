import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileChunks } from './chunks.ts';
import { ZstdFrames } from './zstd-frames.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-chunks-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function read(bytes: Uint8Array): Promise<Buffer> {
  const path = join(directory, 'file');
  writeFileSync(path, bytes);
  const parts: Uint8Array[] = [];
  for await (const chunk of fileChunks(path)) {
    expect(chunk.total).toBe(bytes.length);
    expect(chunk.read).toBeLessThanOrEqual(bytes.length);
    parts.push(chunk.bytes.slice());
  }
  return Buffer.concat(parts);
}

const text = Buffer.from('transaction layer packet '.repeat(100_000));
const noise = Buffer.from(Uint32Array.from({ length: 400_000 }, (_, index) => Math.imul(index, 2654435761)).buffer);
const parts = [text, noise, Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(300_000, 7), text.subarray(0, 100)];
const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const skippable = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);

test('plain files, also empty ones', async () => {
  expect(await read(noise)).toEqual(noise);
  expect(await read(Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  expect(await read(Buffer.from('x'))).toEqual(Buffer.from('x'));
});

test('gzip of several members', async () => {
  const all = Buffer.concat(parts);
  expect((await read(Buffer.concat(parts.map((part) => gzipSync(part))))).equals(all)).toBe(true);
  expect((await read(gzipSync(all))).equals(all)).toBe(true);
});

test('Zstandard of several frames, with checksums and frames to skip', async () => {
  const frames = parts.map((part, index) => zstdCompressSync(part, index % 2 === 0 ? checksum : {}));
  const all = Buffer.concat(parts);
  expect((await read(Buffer.concat(frames))).equals(all)).toBe(true);
  const [first = Buffer.alloc(0), ...others] = frames;
  expect((await read(Buffer.concat([first, skippable, ...others, skippable]))).equals(all)).toBe(true);
});

test.each([
  ['gzip', (part: Buffer) => gzipSync(part)],
  ['zstd', (part: Buffer) => zstdCompressSync(part)],
])('%s that is cut off or broken gives what is in front', async (_, compress) => {
  const whole = [compress(text), compress(noise)];
  const bytes = Buffer.concat(whole);
  const cut = await read(bytes.subarray(0, bytes.length - 1000));
  expect(cut.length).toBeGreaterThanOrEqual(text.length);
  expect(Buffer.concat([text, noise]).subarray(0, cut.length).equals(cut)).toBe(true);
  const broken = Buffer.concat([whole[0] as Buffer, Buffer.alloc(5000, 0x55)]);
  // The decoder keeps the piece to itself that it was at when the bytes went wrong.
  const before = await read(broken);
  expect(before.length).toBeGreaterThanOrEqual(text.length - (1 << 20));
  expect(text.subarray(0, before.length).equals(before)).toBe(true);
});

test('ends of frames are found whatever the pieces', () => {
  const frames = parts.map((part) => zstdCompressSync(part));
  const bytes = Buffer.concat(frames);
  let end = 0;
  const ends = frames.map((frame) => (end += frame.length));
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 70_000 })), (sizes) => {
      const finder = new ZstdFrames();
      const found: number[] = [];
      for (let at = 0; at < bytes.length; ) {
        const chunk = bytes.subarray(0, Math.min(bytes.length, at + (sizes.next().value as number)));
        while (at < chunk.length) {
          const { to, ends: over } = finder.take(chunk, at);
          at = to;
          if (over) found.push(at);
        }
      }
      expect(found).toEqual(ends);
    }),
    { numRuns: 30 },
  );
});
