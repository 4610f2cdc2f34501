import { describe, expect, test } from 'vitest';
import { learnDeassert } from './levels.ts';
import type { RecordedEvent, Recording } from './recording.ts';

/** Events in words: `r24` and `w64=1` are accesses at these offsets, + and - what the device does with INTx. */
function recording(...words: string[]): Recording {
  const events = words.map((word, at): RecordedEvent => {
    const place = { time: at * 1000, frame: at + 1 };
    if (word === '+') return { kind: 'assert', ...place };
    if (word === '-') return { kind: 'deassert', ...place };
    const [, kind, offset, value = 0] = /^([rw])(\d+)(?:=(\d+))?$/.exec(word) ?? [];
    const access = { space: 0, offset: Number(offset), size: 4, value: BigInt(value), failed: false };
    return { kind: kind === 'w' ? 'write' : 'read', ...access, ...place };
  });
  return { events } as unknown as Recording;
}

describe('what deasserts INTx', () => {
  test('is the acknowledgement, whatever is written', () => {
    const quick = recording('+', 'r24', 'w64=1', '-', 'r8', '+', 'r24', 'w64=2', '-', '+', 'r24', 'w64=3', '-');
    expect(learnDeassert([quick])).toEqual({
      after: { access: 'write', bar: 0, offset: 64 },
      interrupt: 'deassert',
      delay: 0,
    });
  });

  test('is what the driver always does, if the device takes its time', () => {
    const slow = recording(
      ...['r8', '+', 'r192', 'r8', '-', 'r8', '+', 'r192', 'w216', '-', 'r8', 'r8', 'r192'],
      ...['+', 'r192', 'w216', 'r8', 'w4', '-', 'r8'],
    );
    expect(learnDeassert([slow])?.after).toEqual({ access: 'read', bar: 0, offset: 192 });
  });

  test('is not known if nothing happens in between', () => {
    expect(learnDeassert([recording('+', '-', 'r8')])).toBeUndefined();
  });
});
