import type { Identity } from '../identity.ts';
import { ABORT_LIMIT, ASYNC_EVENT_LIMIT, CQ_ENTRY_SHIFT, ERROR_LOG_ENTRIES, MDTS, SQ_ENTRY_SHIFT } from '../limits.ts';
import { CRITICAL_TEMPERATURE, WARNING_TEMPERATURE } from '../temperature.ts';
import { type Field, pack } from './fields.ts';

/** VS: version 1.4.0 (NVMe 1.4 §3.1.2). */
export const VERSION = 0x0001_0400;
/** The only controller of the subsystem. */
const CONTROLLER_ID = 1;
/** Recommended Arbitration Burst, 2^n commands. */
export const ARBITRATION_BURST = 5;

/** Optional Admin Command Support. */
const OACS_FORMAT = 1 << 1;
const OACS_DOORBELL_BUFFER = 1 << 8;

interface Abilities {
  namespaces: number;
  /** Bytes of all of them. */
  capacity: number;
  /** Doorbell Buffer Config. */
  doorbellBuffer: boolean;
}

/** Identify Controller data structure (NVMe 1.4 §5.15.2.2, figure 247). */
export function identifyController(identity: Identity, abilities: Abilities): Uint8Array {
  const { namespaces, capacity, doorbellBuffer } = abilities;
  const fields: Field[] = [
    [0, 2, 'VID', identity.vendor],
    [2, 2, 'SSVID', identity.subsystemVendor],
    [4, 20, 'SN', identity.serial],
    [24, 40, 'MN', identity.model],
    [64, 8, 'FR', identity.firmware],
    [72, 1, 'RAB', ARBITRATION_BURST],
    [73, 3, 'IEEE', new Uint8Array(identity.oui).reverse()],
    [77, 1, 'MDTS', MDTS],
    [78, 2, 'CNTLID', CONTROLLER_ID],
    [80, 4, 'VER', VERSION],
    [96, 4, 'CTRATT', 0x1], // 128-bit Host Identifier
    [111, 1, 'CNTRLTYPE', 1], // I/O controller
    [256, 2, 'OACS', OACS_FORMAT | (doorbellBuffer ? OACS_DOORBELL_BUFFER : 0)],
    [258, 1, 'ACL', ABORT_LIMIT - 1],
    [259, 1, 'AERL', ASYNC_EVENT_LIMIT - 1],
    [260, 1, 'FRMW', 0x3], // one slot, read only
    [261, 1, 'LPA', 0x6], // commands supported log; offsets and long lengths in Get Log Page
    [262, 1, 'ELPE', ERROR_LOG_ENTRIES - 1],
    [266, 2, 'WCTEMP', WARNING_TEMPERATURE],
    [268, 2, 'CCTEMP', CRITICAL_TEMPERATURE],
    [280, 16, 'TNVMCAP', capacity],
    [512, 1, 'SQES', (SQ_ENTRY_SHIFT << 4) | SQ_ENTRY_SHIFT],
    [513, 1, 'CQES', (CQ_ENTRY_SHIFT << 4) | CQ_ENTRY_SHIFT],
    [516, 4, 'NN', namespaces],
    [520, 2, 'ONCS', 0x5d], // Compare, Dataset Management, Write Zeroes, Save and Select, Timestamp
    [524, 1, 'FNA', 0x4], // cryptographic erase
    [525, 1, 'VWC', 0x7], // present; Flush with NSID FFFFFFFFh flushes all namespaces
    [768, 256, 'SUBNQN', new TextEncoder().encode(identity.subsystemName)],
    [2048, 2, 'PSD0.MP', 500], // 5.00 W
  ];
  return pack(4096, fields);
}
