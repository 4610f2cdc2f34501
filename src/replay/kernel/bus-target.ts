import { openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '@pciem/sdk';
import { Failure } from '../../errors.ts';
import { mmap, viewOf } from '../../host/kernel/syscalls.ts';
import type { InterruptSource, ReplayTarget } from '../player.ts';
import type { InterruptCounts } from './interrupt-counts.ts';

const CONFIG_SPACE = 7;
const COMMAND = 0x04;
const STATUS = 0x06;
const CAPABILITIES_POINTER = 0x34;
const PCIE = 0x10;
const FLR_CAPABLE = 0x1000_0000;
const INITIATE_FLR = 0x8000;
/** A function needs so long to be ready after FLR (PCIe 6.0 6.6.2), milliseconds. */
const FLR_TIME = 100;
/** What enumeration has written to the header: BARs, ROM, cache line size, interrupt line; offsets of DWs and bytes. */
const HEADER: readonly (readonly [offset: number, size: number])[] = [
  ...[0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x30].map((offset) => [offset, 4] as const),
  [0x0c, 1],
  [0x3c, 1],
];

interface BarViews {
  readonly bytes: Uint8Array;
  readonly words: Uint16Array;
  readonly dwords: Uint32Array;
  readonly qwords: BigUint64Array;
}

/** A function on this machine's bus without a driver: its BARs and configuration space as sysfs has them. */
export class BusTarget implements ReplayTarget {
  readonly #directory: string;
  readonly #config: number;
  readonly #identity: Uint8Array;
  readonly #sizes: ReadonlyMap<number, number>;
  readonly #counts: InterruptCounts;
  readonly #bars = new Map<number, BarViews>();

  /** `identity`: shown instead of the one on the bus. `sizes`: bytes of memory BARs. `counts`: of the device's side. */
  constructor(address: string, identity: Identity, sizes: ReadonlyMap<number, number>, counts: InterruptCounts) {
    this.#directory = join('/sys/bus/pci/devices', address);
    this.#config = openSync(join(this.#directory, 'config'), 'r+');
    this.#identity = identityBytes(identity);
    this.#sizes = sizes;
    this.#counts = counts;
  }

  /** Takes back what the kernel has written while it enumerated. */
  async asAfterReset(): Promise<void> {
    const express = this.#expressCapability();
    if (express !== 0 && (this.#configNumber(express + 4, 4) & FLR_CAPABLE) !== 0) {
      this.#writeConfig(express + 8, 2, this.#configNumber(express + 8, 2) | INITIATE_FLR);
      await sleep(FLR_TIME);
    }
    this.#writeConfig(COMMAND, 2, 0);
    for (const [offset, size] of HEADER) this.#writeConfig(offset, size, 0);
  }

  async read(space: number, offset: number, size: number): Promise<bigint> {
    if (space === CONFIG_SPACE) return this.#readConfig(offset, size);
    const { bytes, words, dwords, qwords } = this.#bar(space);
    const at = indexOf(offset, size);
    if (size === 8) return qwords[at] as bigint;
    return BigInt((size === 4 ? dwords[at] : size === 2 ? words[at] : bytes[at]) as number);
  }

  write(space: number, offset: number, size: number, value: bigint): void {
    if (space === CONFIG_SPACE) {
      this.#writeConfig(offset, size, Number(value));
      return;
    }
    const { bytes, words, dwords, qwords } = this.#bar(space);
    const at = indexOf(offset, size);
    if (size === 8) qwords[at] = value;
    else if (size === 4) dwords[at] = Number(value);
    else if (size === 2) words[at] = Number(value);
    else bytes[at] = Number(value);
  }

  reset(): void {
    writeFileSync(join(this.#directory, 'reset'), '1');
  }

  interrupts(source: InterruptSource): number {
    return this.#counts.of(source);
  }

  #bar(index: number): BarViews {
    const known = this.#bars.get(index);
    if (known) return known;
    const size = this.#sizes.get(index);
    if (size === undefined) throw new Failure(`The device has no memory BAR ${index}, which the capture uses`);
    const fd = openSync(join(this.#directory, `resource${index}`), 'r+');
    const memory = viewOf(mmap(fd, 0, size, `BAR ${index}`));
    const views = {
      bytes: new Uint8Array(memory),
      words: new Uint16Array(memory),
      dwords: new Uint32Array(memory),
      qwords: new BigUint64Array(memory),
    };
    this.#bars.set(index, views);
    return views;
  }

  #readConfig(offset: number, size: number): bigint {
    const bytes = Buffer.alloc(size);
    // Beyond what the kernel shows there is nothing.
    const read = readSync(this.#config, bytes, 0, size, offset);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) {
      const byte = i < read ? (bytes[i] as number) : 0;
      value = (value << 8n) | BigInt(IDENTITY_OFFSETS.has(offset + i) ? (this.#identity[offset + i] as number) : byte);
    }
    return value;
  }

  #configNumber(offset: number, size: number): number {
    return Number(this.#readConfig(offset, size));
  }

  #writeConfig(offset: number, size: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    writeSync(this.#config, bytes, 0, size, offset);
  }

  #expressCapability(): number {
    let at = this.#configNumber(STATUS, 2) & 0x10 ? this.#configNumber(CAPABILITIES_POINTER, 1) & ~3 : 0;
    for (let limit = 48; at >= 0x40 && limit > 0; limit--) {
      if (this.#configNumber(at, 1) === PCIE) return at;
      at = this.#configNumber(at + 1, 1) & ~3;
    }
    return 0;
  }
}

/** Bytes of the header that say who the function is (PCIe 6.0 7.5.1.1). */
const IDENTITY_OFFSETS = new Set([0, 1, 2, 3, 8, 9, 10, 11, 0x2c, 0x2d, 0x2e, 0x2f]);

function identityBytes({
  vendor,
  device,
  class: code,
  revision = 0,
  subsystemVendor,
  subsystem,
}: Identity): Uint8Array {
  const view = new DataView(new ArrayBuffer(0x30));
  view.setUint16(0, vendor, true);
  view.setUint16(2, device, true);
  view.setUint32(8, ((code << 8) | revision) >>> 0, true);
  view.setUint16(0x2c, subsystemVendor ?? vendor, true);
  view.setUint16(0x2e, subsystem ?? device, true);
  return new Uint8Array(view.buffer);
}

/** One load or store carries the access out: it has to be aligned, as those of drivers are. */
function indexOf(offset: number, size: number): number {
  if (offset % size === 0) return offset / size;
  throw new Failure(
    `The capture has an access of ${size} bytes at ${offset}, which is not aligned: replay it on --host sim`,
  );
}
