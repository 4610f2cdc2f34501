import { writeSync } from 'node:fs';
import type { GuestMessage } from '../protocol.ts';

/** Tells the host something: a line of standard output, which carries nothing else. */
export function tell(message: GuestMessage): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}
