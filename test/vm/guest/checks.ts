import { survivesFaultyHandlers } from './faults.ts';
import { ioComesBackAsItWentOut } from './io.ts';
import { survivesBeingKilled } from './kill.ts';
import { findsNoLeak } from './kmemleak.ts';

/** The checks of one boot, in order. */
export const checks = {
  'handlers that throw, never answer or answer too late: the driver reads all-ones, the CLI tells':
    survivesFaultyHandlers,
  'fio verifies, and a file system comes back as it was written': ioComesBackAsItWentOut,
  'kill -9 in the middle of I/O: the device works again every time': survivesBeingKilled,
  'kmemleak finds nothing': findsNoLeak,
} as const;

export type CheckName = keyof typeof checks;
