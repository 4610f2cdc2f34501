import {
  type Analysis,
  type CapturedFunction,
  type DeviceMapBody,
  decodeDeviceMap,
  type Frame,
  RecordKind,
  type Transaction,
} from '@pciem/capture';
import { readCapture } from '../analyze/read-capture.ts';
import { Failure } from '../errors.ts';
import { CONFIG_BYTES, type KnownConfig, PCI_BYTES } from './config-space.ts';

/** Number of configuration space among the register spaces. */
const CONFIG_SPACE = 7;
const STATUS = 0x06;
const BARS = 0x10;
const BARS_END = 0x28;
/** Bytes of the header that no write changes: ids, class, header type, subsystem, pin (PCIe 6.0 7.5.1). */
const READ_ONLY = [...range(0x00, 4), ...range(0x08, 4), 0x0e, ...range(0x2c, 4), 0x34, 0x3d];

/**
 * Configuration space of each function of a capture as the driver last read or wrote it, at the end of the file or at
 * packet `at`. Throws a Failure if the file is no capture, or none of its packets tells of configuration space.
 */
export async function configFromCapture(file: string, at?: number): Promise<KnownConfig[]> {
  const spaces = new ConfigSpaces(at);
  await readCapture(file, [spaces], at === undefined ? undefined : () => spaces.isOver);
  const result = spaces.result();
  if (result.length === 0) throw new Failure(`${file} tells of no function`);
  return result;
}

interface Space {
  fn: CapturedFunction;
  bytes: Uint8Array;
  known: Uint8Array;
  /** Writable bits of the address of each BAR dword. */
  barMasks: Map<number, number>;
  msix: DeviceMapBody['msix'];
}

/** Puts together what the driver's configuration requests tell. */
export class ConfigSpaces implements Analysis {
  /** The packet that was asked for has been passed. */
  isOver = false;
  readonly #last: number;
  readonly #spaces = new Map<string, Space>();

  constructor(last = Number.POSITIVE_INFINITY) {
    this.#last = last;
  }

  packet(frame: Frame): void {
    this.isOver = frame.number > this.#last;
    if (this.isOver || frame.record.kind !== RecordKind.deviceMap || frame.record.part !== 0) return;
    const body = frame.bytes.subarray(frame.bodyAt, frame.bodyAt + frame.bodyBytes);
    seed(this.#of(frame.fn), decodeDeviceMap([body]));
  }

  transaction(transaction: Transaction): void {
    const { space, from, status, timedOut, write, data, dataBytes, offset } = transaction;
    if (this.isOver || space !== CONFIG_SPACE || from !== 'driver' || timedOut || status !== 0) return;
    const target = this.#of(transaction.fn);
    for (let i = 0; i < dataBytes && offset + i < CONFIG_BYTES; i++) {
      if (write) store(target, offset + i, data[i] as number);
      else learn(target, offset + i, data[i] as number);
    }
  }

  result(): KnownConfig[] {
    return [...this.#spaces.values()].map((space) => {
      fillMsix(space);
      const { fn, bytes, known } = space;
      const view = new DataView(bytes.buffer);
      return {
        address: fn.address,
        vendor: view.getUint16(0, true),
        device: view.getUint16(2, true),
        class: view.getUint32(8, true) >>> 8,
        bytes,
        known: known.subarray(0, PCI_BYTES).reduce((sum, each) => sum + each, 0),
      };
    });
  }

  #of(fn: CapturedFunction): Space {
    let space = this.#spaces.get(fn.address);
    if (space === undefined) {
      const [bytes, known] = [new Uint8Array(CONFIG_BYTES), new Uint8Array(CONFIG_BYTES)];
      space = { fn, bytes, known, barMasks: new Map(), msix: undefined };
      this.#spaces.set(fn.address, space);
    }
    return space;
  }
}

function learn({ bytes, known }: Space, offset: number, value: number): void {
  bytes[offset] = value;
  known[offset] = 1;
}

/** What a write leaves behind where the driver does not read it back. */
function store(space: Space, offset: number, value: number): void {
  if (READ_ONLY.includes(offset)) return;
  const old = space.bytes[offset] as number;
  // Write 1 to clear; the low byte has no such bits (7.5.1.1.4).
  if (offset === STATUS + 1) learn(space, offset, old & ~value);
  else if (offset === STATUS) return;
  else if (offset >= BARS && offset < BARS_END) {
    const mask = (space.barMasks.get(offset & ~3) ?? 0) >>> (8 * (offset & 3));
    learn(space, offset, (value & mask) | (old & ~mask));
  } else learn(space, offset, value);
}

/** A capture may begin when the driver has read everything: the device map knows the header. */
function seed(space: Space, map: DeviceMapBody): void {
  const view = new DataView(space.bytes.buffer);
  view.setUint16(0x00, map.vendor, true);
  view.setUint16(0x02, map.deviceId, true);
  view.setUint32(0x08, ((map.class << 8) | map.revision) >>> 0, true);
  view.setUint16(0x2c, map.subsystemVendor, true);
  view.setUint16(0x2e, map.subsystem, true);
  for (const offset of [...range(0x00, 4), ...range(0x08, 4), ...range(0x2c, 4)]) space.known[offset] = 1;
  space.msix = map.msix;
  for (const { index, size, kind, bits, prefetchable, address = 0n } of map.bars) {
    const offset = BARS + 4 * index;
    if (offset >= BARS_END) continue;
    const type = (kind === 'io' ? 1 : 0) | (bits === 64 ? 4 : 0) | (prefetchable ? 8 : 0);
    view.setUint32(offset, Number(address & 0xffff_ffffn) | type, true);
    space.barMasks.set(offset, -size | 0);
    for (const byte of range(offset, bits / 8)) space.known[byte] = 1;
    if (bits === 64) {
      view.setUint32(offset + 4, Number(address >> 32n), true);
      space.barMasks.set(offset + 4, -1);
    }
  }
}

const CAPABILITIES = 0x34;
const MSIX_ID = 0x11;

/** Drivers do not ask where the pending bits are, and the device map tells (7.7.2.4). */
function fillMsix(space: Space): void {
  const { bytes, known, msix } = space;
  const view = new DataView(bytes.buffer);
  let at = bytes[CAPABILITIES] as number;
  // A chain is at most so long: a broken one may be a circle.
  for (let left = 48; msix !== undefined && at !== 0 && left > 0; left--) {
    if (bytes[at] === MSIX_ID && known[at + 8] === 0) {
      view.setUint32(at + 8, msix.pba | msix.bar, true);
      for (const offset of range(at + 8, 4)) known[offset] = 1;
    }
    at = bytes[at + 1] as number;
  }
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, index) => start + index);
}
