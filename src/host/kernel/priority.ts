import { setPriority } from 'node:os';

/**
 * Nice values of the threads that stand for hardware: hardware does not wait until the driver's programs leave it a CPU,
 * and a capture that waits for one loses events.
 */
export const DEVICE_PRIORITY = -10;
export const CAPTURE_PRIORITY = -15;

/** Sets the nice value of the calling thread; on Linux it is that of the thread alone. Without the right to, nothing. */
export function setThreadPriority(nice: number): void {
  try {
    setPriority(0, nice);
  } catch {
    // Only root may go first.
  }
}
