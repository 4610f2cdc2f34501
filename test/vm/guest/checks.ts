import { answersLate, neverAnswers, throwsInRead } from './faults.ts';
import { ioComesBackAsItWentOut } from './io.ts';
import { survivesBeingKilled } from './kill.ts';
import { findsNoLeak } from './kmemleak.ts';

/** The checks of one boot, in order. */
export const checks = {
  'a handler that throws: the driver reads all-ones, the CLI tells where': throwsInRead,
  'a handler that never answers: the driver reads all-ones after the completion timeout': neverAnswers,
  'an answer after the completion timeout is counted and ignored': answersLate,
  'fio verifies, and a file system comes back as it was written': ioComesBackAsItWentOut,
  'kill -9 in the middle of I/O: the device works again every time': survivesBeingKilled,
  'kmemleak finds nothing': findsNoLeak,
} as const;

export type CheckName = keyof typeof checks;
