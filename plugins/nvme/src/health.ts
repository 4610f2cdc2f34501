import { COMPOSITE_TEMPERATURE, WARNING_TEMPERATURE } from './temperature.ts';

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;

/** Critical Warning bit 1: temperature beyond a threshold (NVMe 1.4 §5.14.1.2). */
export const WARNING_TEMPERATURE_BIT = 0x2;

/**
 * Counters of the SMART / Health Information log (NVMe 1.4 §5.14.1.2). They live as long as the
 * device: controller resets keep them.
 */
export class Health {
  /** 512-byte units that the host read and wrote. */
  unitsRead = 0;
  unitsWritten = 0;
  hostReads = 0;
  hostWrites = 0;
  /** The device enters the bus once. */
  readonly powerCycles = 1;
  readonly unsafeShutdowns = 0;
  mediaErrors = 0;
  /** Milliseconds with commands to carry out. */
  busy = 0;
  /** Thresholds of the Temperature Threshold feature, kelvins. */
  overThreshold = WARNING_TEMPERATURE;
  underThreshold = 0;
  readonly temperature = COMPOSITE_TEMPERATURE;
  readonly #start = Date.now();

  get criticalWarning(): number {
    const outside = this.temperature >= this.overThreshold || this.temperature <= this.underThreshold;
    return outside ? WARNING_TEMPERATURE_BIT : 0;
  }

  get busyMinutes(): number {
    return Math.floor(this.busy / MS_PER_MINUTE);
  }

  get powerOnHours(): number {
    return Math.floor((Date.now() - this.#start) / MS_PER_HOUR);
  }
}
