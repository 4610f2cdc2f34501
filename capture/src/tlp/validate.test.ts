import { expect, test } from 'vitest';
import { FmtType } from './fmt-type.ts';
import { TlpHeader } from './header.ts';
import { TlpChecker } from './validate.ts';
import { checkHeader } from './validate-header.ts';

const tlp = (fields: Partial<TlpHeader>) => Object.assign(new TlpHeader(), fields);
const rules = { mps: 256, mrrs: 512, rcbOf: () => 64 };
const read = { fmtType: FmtType.MRd, requester: 8, tag: 1, length: 1, firstBe: 0xf, addressLo: 0x1000 };
const completion = { fmtType: FmtType.CplD, requester: 8, tag: 1, length: 1, byteCount: 4 };

test.each([
  ['4 DW header below 4 GiB', { ...read, fmtType: FmtType.MRd | 0x20 }, 0],
  ['request crosses 4 KiB', { ...read, length: 2, lastBe: 0xf, addressLo: 0xffc }, 0],
  ['last byte enables 1 of a request of 1 DW', { ...read, lastBe: 1 }, 0],
  ['no byte enabled in the first or last of several DWs', { ...read, length: 2, lastBe: 0 }, 0],
  ['byte enables 5, 15 are not contiguous', { ...read, length: 3, firstBe: 5, lastBe: 0xf }, 0],
  ['payload of 4 bytes where the header says 8', { ...read, fmtType: FmtType.MWr, length: 2, lastBe: 0xf }, 4],
  ['length 1 where it is reserved', { ...completion, fmtType: FmtType.Cpl }, 0],
  ['completion status 3 is reserved', { ...completion, fmtType: FmtType.Cpl, length: 0, status: 3 }, 0],
  ['data with an unsuccessful status', { ...completion, status: 1 }, 4],
  ['length 2, must be 1', { fmtType: FmtType.CfgRd0, length: 2 }, 0],
  ['TC, Attr and AT must be 0', { fmtType: FmtType.CfgRd0, length: 1, tc: 1 }, 0],
  ['atomic of 3 DW', { fmtType: FmtType.FetchAdd, length: 3, addressLo: 0x30 }, 12],
  ['atomic of 8 bytes is not aligned', { fmtType: FmtType.Swap, length: 2, addressLo: 4 }, 8],
])('%s', (problem, fields, payload) => {
  expect(checkHeader(tlp(fields), payload)).toContain(problem);
});

test.each([
  ['a read', read, 0],
  ['a zero-length read', { ...read, firstBe: 0 }, 0],
  ['two aligned DWs with gaps', { ...read, length: 2, firstBe: 5, lastBe: 0xa }, 0],
  ['a compare and swap of 16 bytes', { fmtType: FmtType.CAS, length: 4, addressLo: 8 }, 16],
  ['a message', { fmtType: FmtType.Msg + 4, messageCode: 0x20 }, 0],
])('nothing is wrong with %s', (_name, fields, payload) => {
  expect(checkHeader(tlp(fields), payload)).toEqual([]);
});

function problemsOf(sequence: [Partial<TlpHeader>, number][]): string[] {
  const checker = new TlpChecker(rules);
  return sequence.flatMap(([fields, payload]) => checker.check(tlp(fields), payload));
}

test.each<[string, [Partial<TlpHeader>, number][]]>([
  [
    'tag 1 is reused while outstanding',
    [
      [read, 0],
      [read, 0],
    ],
  ],
  ['completion for tag 1, of which no request is outstanding', [[completion, 4]]],
  [
    'byte count 8 where 4 bytes are still to come',
    [
      [read, 0],
      [{ ...completion, byteCount: 8 }, 4],
    ],
  ],
  [
    'lower address 4 where 0 is next',
    [
      [read, 0],
      [{ ...completion, lowerAddress: 4 }, 4],
    ],
  ],
  [
    'successful completion of a read without data',
    [
      [read, 0],
      [{ ...completion, fmtType: FmtType.Cpl, length: 0 }, 0],
    ],
  ],
  [
    'payload of 8 bytes where 4 bytes are still to come',
    [
      [read, 0],
      [{ ...completion, length: 2 }, 8],
    ],
  ],
  ['read of 516 bytes exceeds Max_Read_Request_Size 512', [[{ ...read, length: 129, lastBe: 0xf }, 0]]],
  [
    'payload of 260 bytes exceeds Max_Payload_Size 256',
    [[{ ...read, fmtType: FmtType.MWr, length: 65, lastBe: 0xf }, 260]],
  ],
  [
    'completion ends at 0x4, not at a read completion boundary',
    [
      [{ ...read, length: 2, lastBe: 0xf }, 0],
      [{ ...completion, byteCount: 8 }, 4],
    ],
  ],
  [
    'CplD with status 0 as the completion of CfgWr0',
    [
      [{ fmtType: FmtType.CfgWr0, requester: 8, tag: 1, length: 1, firstBe: 0xf }, 4],
      [completion, 4],
    ],
  ],
  [
    'Cpl with status 0 as the completion of CfgRd0',
    [
      [{ fmtType: FmtType.CfgRd0, requester: 8, tag: 1, length: 1, firstBe: 0xf }, 0],
      [{ ...completion, fmtType: FmtType.Cpl, length: 0 }, 0],
    ],
  ],
])('%s', (problem, sequence) => {
  expect(problemsOf(sequence)).toContain(problem);
});

test('a read answered by two completions is legal and frees its tag', () => {
  const checker = new TlpChecker(rules);
  const request = tlp({ ...read, length: 32, lastBe: 0xf });
  const half = { ...completion, length: 16 };
  expect(checker.check(request, 0)).toEqual([]);
  expect(checker.check(tlp({ ...half, byteCount: 128 }), 64)).toEqual([]);
  expect(checker.outstanding).toBe(1);
  expect(checker.check(tlp({ ...half, byteCount: 64, lowerAddress: 64 }), 64)).toEqual([]);
  expect(checker.outstanding).toBe(0);
});

test('an unsuccessful completion and a completion timeout end a request', () => {
  const checker = new TlpChecker(rules);
  checker.check(tlp(read), 0);
  expect(checker.check(tlp({ ...completion, fmtType: FmtType.Cpl, length: 0, status: 1 }), 0)).toEqual([]);
  checker.check(tlp(read), 0);
  expect(checker.abandon(8, 1)).toBe(true);
  expect(checker.outstanding).toBe(0);
});
