import { plug, type SimAllocation, type SimHost } from '@pciem/sdk/testing';
import e1000 from '../e1000.ts';

export const Reg = {
  CTRL: 0x0000,
  STATUS: 0x0008,
  EECD: 0x0010,
  EERD: 0x0014,
  MDIC: 0x0020,
  VET: 0x0038,
  ICR: 0x00c0,
  ITR: 0x00c4,
  ICS: 0x00c8,
  IMS: 0x00d0,
  IMC: 0x00d8,
  RCTL: 0x0100,
  TCTL: 0x0400,
  RDBAL: 0x2800,
  RDH: 0x2810,
  RDT: 0x2818,
  TDBAL: 0x3800,
  TDH: 0x3810,
  TDT: 0x3818,
  MTA: 0x5200,
  RAL: 0x5400,
  VFTA: 0x5600,
} as const;

export const RCTL_EN = 1 << 1;
export const RCTL_UPE = 1 << 3;
export const RCTL_LPE = 1 << 5;
export const RCTL_MAC_LOOPBACK = 1 << 6;
export const RCTL_BAM = 1 << 15;
export const RCTL_SECRC = 1 << 26;
export const MAC = '52:54:00:12:34:56';
const RING = 8;
const BUFFER = 2048;

/** A received frame, as its last descriptor tells of it. */
export interface Received {
  data: Buffer;
  status: number;
  special: number;
}

/** A driver in the test: rings of 8 descriptors with buffers of 2048 bytes. */
export class Driver {
  readonly host: SimHost;
  readonly txRing: SimAllocation;
  readonly rxRing: SimAllocation;
  readonly #rxBuffers: SimAllocation[];
  #rxNext = 0;

  private constructor(host: SimHost) {
    this.host = host;
    this.txRing = host.memory.alloc(16 * RING);
    this.rxRing = host.memory.alloc(16 * RING);
    this.#rxBuffers = Array.from({ length: RING }, () => host.memory.alloc(BUFFER));
  }

  static async start(options: Record<string, unknown> = {}, rctl: number = RCTL_EN | RCTL_BAM): Promise<Driver> {
    const driver = new Driver(await plug(e1000, { options: { mac: MAC, ...options } }));
    for (const [base, ring] of [
      [Reg.TDBAL, driver.txRing],
      [Reg.RDBAL, driver.rxRing],
    ] as const) {
      driver.write(base, ring.address % 2 ** 32);
      driver.write(base + 4, Math.floor(ring.address / 2 ** 32));
      driver.write(base + 8, 16 * RING);
    }
    driver.#rxBuffers.forEach(({ address }, n) => {
      viewOf(driver.rxRing).setBigUint64(16 * n, BigInt(address), true);
    });
    driver.write(Reg.RDT, RING - 1);
    driver.write(Reg.TCTL, 2);
    driver.write(Reg.RCTL, rctl >>> 0);
    driver.read(Reg.ICR);
    return driver;
  }

  read = (register: number): number => this.host.read32(0, register);
  write = (register: number, value: number): void => this.host.write32(0, register, value);

  /** Puts descriptors on the ring and rings the bell: address and the two words behind it. */
  submit(...descriptors: [address: number, lower: number, upper: number][]): void {
    let tail = this.read(Reg.TDT);
    for (const [address, lower, upper] of descriptors) {
      const view = viewOf(this.txRing);
      view.setBigUint64(16 * tail, BigInt(address), true);
      view.setUint32(16 * tail + 8, lower >>> 0, true);
      view.setUint32(16 * tail + 12, upper >>> 0, true);
      tail = (tail + 1) % RING;
    }
    this.write(Reg.TDT, tail);
  }

  /** Maps data that the device may read. */
  buffer(data: Uint8Array): number {
    const allocation = this.host.memory.alloc(data.length, { direction: 'to-device' });
    allocation.bytes.set(data);
    return allocation.address;
  }

  /** Sends one frame with a legacy descriptor: end of packet, FCS, report. */
  send(frame: Uint8Array, command = 0x0b, special = 0): void {
    this.submit([this.buffer(frame), frame.length | (command << 24), special << 16]);
  }

  /** The frames that have arrived, whose buffers go back to the card. */
  receive(): Received[] {
    const frames: Received[] = [];
    const view = viewOf(this.rxRing);
    let parts: Uint8Array[] = [];
    while (view.getUint8(16 * this.#rxNext + 12) & 1) {
      const at = 16 * this.#rxNext;
      const buffer = this.#rxBuffers[this.#rxNext] as SimAllocation;
      const status = view.getUint8(at + 12);
      parts.push(buffer.bytes.slice(0, view.getUint16(at + 8, true)));
      if (status & 2) {
        frames.push({ data: Buffer.concat(parts), status, special: view.getUint16(at + 14, true) });
        parts = [];
      }
      view.setUint8(at + 12, 0);
      this.write(Reg.RDT, this.#rxNext);
      this.#rxNext = (this.#rxNext + 1) % RING;
    }
    return frames;
  }

  /** Reads or writes a register of the PHY. */
  phy(register: number, value?: number): number {
    this.write(Reg.MDIC, ((value === undefined ? 2 : 1) * 2 ** 26 + 0x20_0000 + (register << 16) + (value ?? 0)) >>> 0);
    return this.read(Reg.MDIC) & 0xffff;
  }
}

export function viewOf({ bytes }: SimAllocation): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** An Ethernet frame with a payload that counts up. */
export function frame(destination: string, length: number, etherType = 0x88b5): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, n) => n & 0xff);
  bytes.set(Uint8Array.from(destination.split(':'), (byte) => Number.parseInt(byte, 16)));
  bytes.set([0x52, 0x54, 0, 1, 2, 3, etherType >>> 8, etherType & 0xff], 6);
  return bytes;
}
