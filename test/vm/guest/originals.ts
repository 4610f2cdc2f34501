import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const devices = '/sys/bus/pci/devices';

/** Devices that QEMU has besides ours, to be cloned, by vendor and device ID: see `originals` of kernel.test.ts. */
const known: Readonly<Record<string, Original['name']>> = {
  '0x8086:0x100e': 'e1000',
  '0x1b36:0x0010': 'nvme',
  '0x1234:0x11e8': 'edu',
  '0x8086:0x2668': 'intel-hda',
};

/** One of them. */
export interface Original {
  readonly name: 'e1000' | 'nvme' | 'edu' | 'intel-hda';
  readonly address: string;
}

export function originals(): Original[] {
  return readdirSync(devices).flatMap((address) => {
    const id = ['vendor', 'device'].map((file) => readFileSync(join(devices, address, file), 'utf8').trim()).join(':');
    const name = known[id];
    return address.startsWith('0000:') && name ? [{ name, address }] : [];
  });
}

/** Their drivers are for our devices. */
export function keepDriversOff(): void {
  for (const { address } of originals()) writeFileSync(join(devices, address, 'driver_override'), 'nobody');
}
