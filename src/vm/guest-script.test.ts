import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { guestScript, quote } from './guest-script.ts';

test.each(['plain', '', 'two words', "it's", '$HOME `id` \\ "', 'line\nbreak', '*'])(
  'the shell sees %j as it was',
  (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quote(word)}`], { encoding: 'utf8' })).toBe(word);
  },
);

test('runs the command in its directory with its environment, and keeps the exit status', () => {
  const script = guestScript(['sh', '-c', 'echo "$PWD $WORD"; exit 5'], '/usr', { WORD: "a 'b'" });
  expect(() => execFileSync('sh', ['-c', script], { stdio: 'pipe' })).toThrow(
    expect.objectContaining({ status: 5, stdout: Buffer.from("/usr a 'b'\n") }),
  );
});
