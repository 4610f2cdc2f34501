import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkCapture } from './check-capture.ts';
import { convert } from './testing/capture.ts';
import type { EventInit } from './testing/events.ts';

const folder = await mkdtemp(join(tmpdir(), 'pciem-check-'));
afterAll(() => rm(folder, { recursive: true }));

async function check(file: Uint8Array, limits?: Parameters<typeof checkCapture>[1]) {
  const path = join(folder, 'capture.pcapng');
  await writeFile(path, file);
  return checkCapture(path, limits);
}

const access = {
  address: 0x100c,
  offset: 0xc,
  tag: 1,
  dataLength: 4,
  flags: ['forwarded'],
} satisfies Partial<EventInit>;
const request: EventInit = { kind: 'memRead', seq: 1, ...access };

test('nothing is wrong with what the converter makes', async () => {
  const file = convert(
    [
      request,
      { kind: 'memCompletion', seq: 2, requestSeq: 1, ...access, flags: ['forwarded', 'timedOut'] },
      {
        kind: 'dmaRead',
        flags: ['truncated', 'completed'],
        seq: 3,
        address: 0x1fc4,
        dataLength: 5000,
        data: new Uint8Array(10),
      },
    ],
    { mps: 128, mrrs: 512, rcb: 64 },
  );
  expect(await check(file, { mps: 128, rcb: 64 })).toEqual({ tlps: 52, illegal: 0, problems: [], outstanding: 0 });
});

test('says which packets break which rules', async () => {
  const file = convert([
    request,
    request,
    { kind: 'memCompletion', seq: 3, requestSeq: 1, ...access, tag: 2, data: [0, 0, 0, 0] },
  ]);
  expect(await check(file)).toEqual({
    tlps: 3,
    illegal: 2,
    problems: [
      { packet: 3, problem: 'tag 1 is reused while outstanding' },
      { packet: 4, problem: 'completion for tag 2, of which no request is outstanding' },
    ],
    outstanding: 1,
  });
});

test('limits of the link are the caller’s', async () => {
  const file = convert([{ kind: 'dmaWrite', seq: 1, address: 0x1000, data: new Uint8Array(512) }]);
  expect((await check(file, { mps: 256 })).problems).toEqual([
    { packet: 2, problem: 'payload of 512 bytes exceeds Max_Payload_Size 256' },
  ]);
});
