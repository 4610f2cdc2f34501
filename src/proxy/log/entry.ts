import type { FieldValue } from '@pciem/capture';

/** What the log tells of. */
export type LogKind = 'read' | 'write' | 'dma read' | 'dma write' | 'interrupt' | 'event';

/** One line of the log: an access of the driver, of the device, or something that happened. */
export interface LogEntry {
  kind: LogKind;
  /** Nanoseconds since the device was plugged. */
  time: number;
  /** Address of the function. */
  function: string;
  /** Accesses of the driver: `config`, `BAR 0`. */
  space?: string;
  /** Bytes from the start of the space; of DMA the bus address. */
  offset?: number;
  /** Bytes. */
  size?: number;
  /** Names of the registers, or what happened. */
  name: string;
  /** Hexadecimal, most significant byte first; of DMA the first bytes in address order. */
  value?: string;
  fields?: FieldValue[];
  /** Nanoseconds from a read to its completion. */
  latency?: number;
  /** Who made the access: `nvme_wait_ready+0x48/0x120 [nvme]`, or a process. */
  caller?: string;
  /** Why there is no value: `timed out`, `UR`, `CA`. */
  result?: string;
}
