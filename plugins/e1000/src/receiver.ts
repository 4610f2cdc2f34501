import { crc32 } from 'node:zlib';
import { type Dma, type DmaOp, dmaOp } from '@pciem/sdk';
import type { Registers } from './registers.ts';
import { DESCRIPTOR, type Ring } from './ring.ts';
import { isBroadcast, isGroup } from './statistics.ts';
import { removeTag, tagOf } from './vlan.ts';

/** Shorter frames are filled up, as every sender on the wire does. */
const MIN_FRAME = 60;
/** Without RCTL.LPE; a tag and the FCS are not counted. */
const MAX_FRAME = 1518;
const FCS_BYTES = 4;

const STATUS_DONE = 0x01;
const STATUS_END = 0x02;
/** No checksums have been looked at. */
const STATUS_IGNORE_CHECKSUM = 0x04;
const STATUS_VLAN = 0x08;

const CTRL_VLAN_MODE = 1 << 30;
/** RCTL.BSIZE without and with BSEX. */
const BUFFER_SIZES = [
  [2048, 1024, 512, 256],
  [2048, 16384, 8192, 4096],
] as const;
/** RCTL.MO: where in the upper 16 bits of the address the 12 bits of the hash begin. */
const HASH_SHIFTS = [4, 3, 2, 0] as const;

/** What became of a frame. */
export type Reception = 'received' | 'filtered' | 'missed';

/** Puts frames into the driver's buffers (section 3.2 of the manual). */
export class Receiver {
  readonly #regs: Registers;
  readonly #dma: Dma;
  readonly #ring: Ring;
  readonly #descriptor = new Uint8Array(DESCRIPTOR);
  readonly #view = new DataView(this.#descriptor.buffer);
  readonly #read: readonly [DmaOp] = [dmaOp(this.#descriptor)];
  readonly #write: readonly [DmaOp, DmaOp] = [
    { ...dmaOp(), write: true },
    { ...dmaOp(this.#descriptor), write: true },
  ];

  constructor(regs: Registers, dma: Dma, ring: Ring) {
    this.#regs = regs;
    this.#dma = dma;
    this.#ring = ring;
  }

  /** Whether few descriptors are left: a half, a quarter or an eighth, as RCTL.RDMTS says. */
  get runsLow(): boolean {
    const share = 2 << Math.min(this.#regs.RCTL.RDMTS, 2);
    return this.#ring.available <= this.#ring.size / share;
  }

  receive(frame: Uint8Array): Reception {
    if (!this.#regs.RCTL.EN || !this.#accepts(frame)) return 'filtered';
    const { RCTL, CTRL, VET } = this.#regs;
    const tag = CTRL.value & CTRL_VLAN_MODE ? tagOf(frame, VET.value) : undefined;
    const data = withFcs(tag === undefined ? frame : removeTag(frame), RCTL.SECRC === 1);
    const buffer = BUFFER_SIZES[RCTL.BSEX as 0 | 1][RCTL.BSIZE as 0] as number;
    const needed = Math.ceil(data.length / buffer);
    if (this.#ring.available < needed) return 'missed';
    for (let n = 0; n < needed; n++) {
      if (!this.#store(data.subarray(n * buffer, (n + 1) * buffer), n === needed - 1, tag)) return 'missed';
    }
    return 'received';
  }

  #accepts(frame: Uint8Array): boolean {
    const { RCTL } = this.#regs;
    if (frame.length < 14 || (!RCTL.LPE && frame.length > MAX_FRAME)) return false;
    if (isBroadcast(frame)) return RCTL.BAM === 1 || RCTL.MPE === 1;
    if (isGroup(frame)) return RCTL.MPE === 1 || this.#isOwn(frame) || this.#isInTable(frame);
    return RCTL.UPE === 1 || this.#isOwn(frame);
  }

  #isOwn(frame: Uint8Array): boolean {
    const low =
      (frame[0] as number) | ((frame[1] as number) << 8) | ((frame[2] as number) << 16) | ((frame[3] as number) << 24);
    const high = (frame[4] as number) | ((frame[5] as number) << 8);
    for (let n = 0; n < this.#regs.RAL.length; n++) {
      const entry = this.#regs.RAH.at(n);
      if (entry.VALID && entry.ADDRESS === high && this.#regs.RAL.at(n).value === low >>> 0) return true;
    }
    return false;
  }

  #isInTable(frame: Uint8Array): boolean {
    const upper = (frame[4] as number) | ((frame[5] as number) << 8);
    const hash = (upper >>> (HASH_SHIFTS[this.#regs.RCTL.MO] ?? 0)) & 0xfff;
    return ((this.#regs.MTA.at(hash >>> 5).value >>> (hash & 31)) & 1) !== 0;
  }

  /** Fills the buffer of the descriptor at the head and gives it back. */
  #store(data: Uint8Array, last: boolean, tag: number | undefined): boolean {
    const [fetch] = this.#read;
    const [payload, back] = this.#write;
    fetch.address = this.#ring.address(0);
    if (this.#dma.transfer(this.#read) !== 0) return false;
    payload.address = Number(this.#view.getBigUint64(0, true));
    payload.buffer = data;
    payload.length = data.length;
    back.address = fetch.address;
    const status = STATUS_DONE | (last ? STATUS_END | STATUS_IGNORE_CHECKSUM : 0);
    this.#view.setUint16(8, data.length, true);
    this.#view.setUint16(10, 0, true);
    this.#view.setUint8(12, status | (last && tag !== undefined ? STATUS_VLAN : 0));
    this.#view.setUint8(13, 0);
    this.#view.setUint16(14, tag ?? 0, true);
    const done = this.#dma.transfer(this.#write) === 0;
    this.#ring.advance(1);
    return done;
  }
}

function withFcs(frame: Uint8Array, strip: boolean): Uint8Array {
  const length = Math.max(frame.length, MIN_FRAME);
  const data = new Uint8Array(strip ? length : length + FCS_BYTES);
  data.set(frame);
  if (!strip) new DataView(data.buffer).setUint32(length, crc32(data.subarray(0, length)), true);
  return data;
}
