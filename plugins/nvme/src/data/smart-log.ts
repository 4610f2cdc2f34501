import type { Health } from '../health.ts';
import { pack } from './fields.ts';

/** Data units of the log are thousands of 512 bytes, rounded up. */
const UNITS = 1000;

/** SMART / Health Information log page, 02h (NVMe 1.4 §5.14.1.2). */
export function smartLog(health: Health, errors: number): Uint8Array {
  return pack(512, [
    [0, 1, 'Critical Warning', health.criticalWarning],
    [1, 2, 'Composite Temperature', health.temperature],
    [3, 1, 'Available Spare', 100],
    [4, 1, 'Available Spare Threshold', 10],
    [32, 16, 'Data Units Read', Math.ceil(health.unitsRead / UNITS)],
    [48, 16, 'Data Units Written', Math.ceil(health.unitsWritten / UNITS)],
    [64, 16, 'Host Read Commands', health.hostReads],
    [80, 16, 'Host Write Commands', health.hostWrites],
    [96, 16, 'Controller Busy Time', health.busyMinutes],
    [112, 16, 'Power Cycles', health.powerCycles],
    [128, 16, 'Power On Hours', health.powerOnHours],
    [144, 16, 'Unsafe Shutdowns', health.unsafeShutdowns],
    [160, 16, 'Media and Data Integrity Errors', health.mediaErrors],
    [176, 16, 'Number of Error Information Log Entries', errors],
  ]);
}
