import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelEvent } from '../../host/kernel/index.ts';

const DEVICES = '/sys/bus/pci/devices';
const PROBE = '/sys/bus/pci/drivers_probe';
/** Milliseconds from one probe to the next, and how many there are. */
const INTERVAL = 3000;
const LIMIT = 40;

/** Has the kernel probe the device again when the driver has given it up: the next answers may be the right ones. */
export class Probes {
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  take(event: KernelEvent): void {
    if (event.type === 'plugged') this.#start(event.address);
    else if (event.type === 'bound' || event.type === 'unplugged') clearInterval(this.#timer);
  }

  #start(address: string): void {
    this.#timer = setInterval(() => {
      if (++this.#count > LIMIT || existsSync(join(DEVICES, address, 'driver'))) {
        clearInterval(this.#timer);
        return;
      }
      try {
        writeFileSync(PROBE, address);
      } catch {
        // No driver wants it yet.
      }
    }, INTERVAL);
    this.#timer.unref();
  }
}
