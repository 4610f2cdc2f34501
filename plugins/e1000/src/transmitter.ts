import { type Dma, type DmaOp, dmaOp } from '@pciem/sdk';
import { insertChecksum, insertChecksums, NO_CONTEXT, type OffloadContext, parseContext, segments } from './offload.ts';
import { DESCRIPTOR, type Ring } from './ring.ts';
import { insertTag } from './vlan.ts';

/** Descriptors that are fetched at a time. */
const BATCH = 64;
/** The largest packet that can be segmented, with its headers. */
const MAX_PACKET = 256 * 1024;

/** Command bits of a descriptor, in byte 11. */
const CMD_EOP = 0x01;
const CMD_CHECKSUM = 0x04;
const CMD_SEGMENT = 0x04;
const CMD_REPORT = 0x08;
const CMD_EXTENDED = 0x20;
const CMD_VLAN = 0x40;
const TYPE_DATA = 1;
const OPTION_IP = 1;
const OPTION_TRANSPORT = 2;
const STATUS = 12;
const STATUS_DONE = 1;

export interface TransmitterPorts {
  readonly dma: Dma;
  readonly ring: Ring;
  /** Ether type of VLAN tags that the card inserts. */
  readonly vlanEtherType: () => number;
  readonly send: (frame: Uint8Array) => void;
  readonly segmented: () => void;
  readonly warn: (message: string) => void;
}

/** Takes frames from the transmit ring: legacy, context and data descriptors (sections 3.3 to 3.5 of the manual). */
export class Transmitter {
  readonly #ports: TransmitterPorts;
  readonly #descriptors = new Uint8Array(BATCH * DESCRIPTOR);
  readonly #view = new DataView(this.#descriptors.buffer);
  readonly #reads: DmaOp[] = Array.from({ length: BATCH }, () => dmaOp());
  readonly #reports: DmaOp[] = Array.from({ length: BATCH }, () => ({ ...dmaOp(new Uint8Array(1)), write: true }));
  #data = new Uint8Array(BATCH * 2048);
  /** The packet that is being put together from its descriptors. */
  readonly #packet = new Uint8Array(MAX_PACKET);
  #length = 0;
  #options = 0;
  #broken = false;
  #context: OffloadContext = NO_CONTEXT;

  constructor(ports: TransmitterPorts) {
    this.#ports = ports;
  }

  reset(): void {
    this.#length = 0;
    this.#options = 0;
    this.#broken = false;
    this.#context = NO_CONTEXT;
  }

  /** Sends everything up to the tail. Returns whether the driver wants to hear of any descriptor. */
  run(): boolean {
    const { ring, dma } = this.#ports;
    let reported = false;
    for (let count = this.#next(); count > 0; count = this.#next()) {
      dma.readInto(ring.address(0), this.#descriptors.subarray(0, count * DESCRIPTOR));
      this.#fetch(count);
      for (let n = 0; n < count; n++) this.#process(n);
      reported = this.#report(count) || reported;
      ring.advance(count);
    }
    return reported;
  }

  #next(): number {
    return Math.min(this.#ports.ring.contiguous, BATCH);
  }

  /** Gets the data of `count` descriptors in one step. */
  #fetch(count: number): void {
    let total = 0;
    for (let n = 0; n < count; n++) total += this.#lengthOf(n);
    if (total > this.#data.length) this.#data = new Uint8Array(total);
    let ops = 0;
    let offset = 0;
    for (let n = 0; n < count; n++) {
      const length = this.#lengthOf(n);
      if (length === 0) continue;
      const op = this.#reads[ops++] as DmaOp;
      op.address = Number(this.#view.getBigUint64(n * DESCRIPTOR, true));
      op.buffer = this.#data;
      op.offset = offset;
      op.length = length;
      offset += length;
    }
    if (ops === 0 || this.#ports.dma.transfer(this.#reads, ops) === 0) return;
    this.#broken = true;
    const failed = this.#reads.find((op, n) => n < ops && op.status !== 0);
    this.#ports.warn(`a frame was dropped: its data at 0x${failed?.address.toString(16)} cannot be read`);
  }

  /** Bytes of data; context descriptors have none. */
  #lengthOf(n: number): number {
    if (this.#isContext(n)) return 0;
    const at = n * DESCRIPTOR + 8;
    return this.#isExtended(n) ? this.#view.getUint32(at, true) & 0xf_ffff : this.#view.getUint16(at, true);
  }

  #process(n: number): void {
    const at = n * DESCRIPTOR;
    if (this.#isContext(n)) {
      this.#context = parseContext(this.#view, at);
      return;
    }
    if (this.#length === 0) this.#options = this.#view.getUint8(at + 13);
    this.#append(n);
    if ((this.#command(n) & CMD_EOP) === 0) return;
    const packet = this.#packet.slice(0, this.#length);
    const dropped = this.#broken || packet.length < 14;
    if (!dropped) this.#emit(n, packet);
    this.#length = 0;
    this.#broken = false;
  }

  #append(n: number): void {
    const length = this.#lengthOf(n);
    let start = 0;
    for (let before = 0; before < n; before++) start += this.#lengthOf(before);
    if (this.#length + length > MAX_PACKET) {
      this.#broken = true;
      return;
    }
    this.#packet.set(this.#data.subarray(start, start + length), this.#length);
    this.#length += length;
  }

  /** `n`: the last descriptor of the packet. */
  #emit(n: number, packet: Uint8Array): void {
    const at = n * DESCRIPTOR;
    const command = this.#command(n);
    const tag = command & CMD_VLAN ? this.#view.getUint16(at + 14, true) : undefined;
    if (!this.#isExtended(n)) {
      if (command & CMD_CHECKSUM) {
        insertChecksum(packet, this.#view.getUint8(at + 13), this.#view.getUint8(at + 10), 0);
      }
      this.#send(packet, tag);
    } else if (command & CMD_SEGMENT) {
      this.#ports.segmented();
      for (const frame of segments(packet, this.#context)) this.#send(frame, tag);
    } else {
      const options = this.#options;
      insertChecksums(packet, this.#context, (options & OPTION_IP) !== 0, (options & OPTION_TRANSPORT) !== 0);
      this.#send(packet, tag);
    }
  }

  #send(frame: Uint8Array, tag: number | undefined): void {
    this.#ports.send(tag === undefined ? frame : insertTag(frame, this.#ports.vlanEtherType(), tag));
  }

  /** Tells the driver which descriptors are done, where it has asked for that. */
  #report(count: number): boolean {
    let ops = 0;
    for (let n = 0; n < count; n++) {
      if ((this.#command(n) & CMD_REPORT) === 0) continue;
      const op = this.#reports[ops++] as DmaOp;
      op.address = this.#ports.ring.address(n) + STATUS;
      op.buffer[0] = this.#view.getUint8(n * DESCRIPTOR + STATUS) | STATUS_DONE;
    }
    if (ops > 0) this.#ports.dma.transfer(this.#reports, ops);
    return ops > 0;
  }

  #command(n: number): number {
    return this.#view.getUint8(n * DESCRIPTOR + 11);
  }

  #isExtended(n: number): boolean {
    return (this.#command(n) & CMD_EXTENDED) !== 0;
  }

  #isContext(n: number): boolean {
    return this.#isExtended(n) && this.#view.getUint8(n * DESCRIPTOR + 10) >>> 4 !== TYPE_DATA;
  }
}
