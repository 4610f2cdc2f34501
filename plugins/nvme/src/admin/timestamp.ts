import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { pack } from '../data/fields.ts';
import { Select } from '../features.ts';
import type { Transfers } from '../transfers.ts';
import { fetchFromHost, sendToHost } from './admin-command.ts';

/** Timestamp Origin in bits 3:1 of byte 6: 0 counts from the reset, 1 was set by the host. */
const ORIGIN_HOST = 1 << 1;

/** Set Features, Timestamp (NVMe 1.4 §5.21.1.14): milliseconds in 48 bits. */
export function setTimestamp(core: Core, command: Command, transfers: Transfers): undefined {
  const data = new Uint8Array(8);
  if (!fetchFromHost(core, command, transfers, data)) return;
  core.timestampOffset = Buffer.from(data.buffer).readUIntLE(0, 6) - Date.now();
  core.timestampSet = true;
}

/** Get Features, Timestamp. The default is the time since the controller was reset. */
export function getTimestamp(core: Core, command: Command, transfers: Transfers, select: number): undefined {
  const current = select === Select.Current;
  const data = pack(8, [
    [0, 6, 'Timestamp', current ? Date.now() + core.timestampOffset : 0],
    [6, 1, 'Attributes', current && core.timestampSet ? ORIGIN_HOST : 0],
  ]);
  sendToHost(core, command, transfers, data);
}
