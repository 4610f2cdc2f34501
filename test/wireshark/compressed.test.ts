import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { access } from '../../capture/src/testing/analyze.ts';
import { convert } from '../../capture/src/testing/capture.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

const file = convert(Array.from({ length: 500 }, (_, index) => access('memWrite', 0x14, index, index * 1000)));
const cut = 20_000;
const pieces = [file.subarray(0, cut), file.subarray(cut, 2 * cut), file.subarray(2 * cut)];

// Each chunk is a member or frame of its own, as a capture is written.
test.each([
  ['gz', (piece: Uint8Array) => gzipSync(piece, { level: 1 })],
  ['zst', (piece: Uint8Array) => zstdCompressSync(piece)],
])('Wireshark reads a .%s in place', (extension, compress) => {
  const plain = bench.info(bench.file(file));
  const path = bench.file(new Uint8Array(Buffer.concat(pieces.map(compress))), `capture.pcapng.${extension}`);
  expect(bench.info(path)).toEqual(plain);
  expect(bench.run('capinfos', ['-Mc', path]).lines.at(-1)).toMatch(new RegExp(`\\b${plain.length}$`));
});
