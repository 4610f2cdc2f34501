import { plug, type SimAllocation, type SimHost } from '@pciem/sdk/testing';
import nvme from '../nvme.ts';
import { type Completion, type Entry, QueuePair } from './queue-pair.ts';

/** CC as Linux writes it: EN, NVM command set, 4 KiB pages, entries of 64 and 16 bytes. */
export const CC_ENABLE = 0x0046_0001;

/** Data of a command in host memory: where it is, and PRP entries that say so. */
export interface HostBuffer {
  bytes: Uint8Array;
  prp1: number;
  prp2: number;
  /** What `release` gives back. */
  allocations?: SimAllocation[];
}

/** A small NVMe driver that brings the controller up as Linux does. */
export class Driver {
  readonly host: SimHost;
  admin!: QueuePair;

  constructor(host: SimHost) {
    this.host = host;
  }

  /** Plugs the device and enables it, with `queues` I/O queue pairs of `size` entries. */
  static async start(options: Record<string, unknown> = {}, queues = 1, size = 64): Promise<Driver> {
    const driver = new Driver(await plug(nvme, { options: { size: '16M', ...options } }));
    driver.enable();
    await driver.createQueues(queues, size);
    return driver;
  }

  readonly io: QueuePair[] = [];

  get csts(): number {
    return this.host.read32(0, 0x1c);
  }

  get cc(): number {
    return this.host.read32(0, 0x14);
  }

  set cc(value: number) {
    this.host.write32(0, 0x14, value);
  }

  /** Sets the admin queues up and CC.EN; a second time it uses new queues. */
  enable(adminSize = 32, cc = CC_ENABLE): void {
    this.io.length = 0;
    this.admin = new QueuePair(this.host, 0, adminSize);
    this.host.write32(0, 0x24, (adminSize - 1) | ((adminSize - 1) << 16));
    this.#writeAddress(0x28, this.admin.sq.address);
    this.#writeAddress(0x30, this.admin.cq.address);
    this.cc = cc;
  }

  disable(): void {
    this.cc = this.cc & ~0xc001;
  }

  /** Two 32-bit writes, as Linux does it. */
  #writeAddress(offset: number, address: number): void {
    this.host.write32(0, offset, address % 2 ** 32);
    this.host.write32(0, offset + 4, Math.floor(address / 2 ** 32));
  }

  async createQueues(count: number, size: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.createQueue(this.io.length + 1, size);
  }

  async createQueue(id: number, size: number, vector = id): Promise<QueuePair> {
    const queue = new QueuePair(this.host, id, size);
    const geometry = id | ((size - 1) << 16);
    await this.ok({ opcode: 0x05, prp1: queue.cq.address, dwords: [geometry, 3 | (vector << 16)] });
    await this.ok({ opcode: 0x01, prp1: queue.sq.address, dwords: [geometry, 1 | (id << 16)] });
    this.io.push(queue);
    return queue;
  }

  /** Carries out an admin command that must succeed. */
  async ok(entry: Entry): Promise<Completion> {
    const completion = await this.admin.run(entry);
    if (completion.status !== 0) throw new Error(`admin opcode ${entry.opcode}: status ${completion.status}`);
    return completion;
  }

  /** Status of an admin command. */
  async status(entry: Entry): Promise<number> {
    return (await this.admin.run(entry)).status;
  }

  /** Carries out an admin command and returns the `length` bytes that it sent. */
  async receive(entry: Entry, length = 4096): Promise<Uint8Array> {
    const buffer = this.buffer(length);
    await this.ok({ ...entry, prp1: buffer.prp1, prp2: buffer.prp2 });
    return buffer.bytes;
  }

  identify(cns: number, nsid = 0): Promise<Uint8Array> {
    return this.receive({ opcode: 0x06, nsid, dwords: [cns] });
  }

  getLog(id: number, length: number, { offset = 0, retain = false } = {}): Promise<Uint8Array> {
    const dwords = length / 4 - 1;
    const dword10 = id | (retain ? 0x8000 : 0) | ((dwords & 0xffff) << 16);
    return this.receive({ opcode: 0x02, dwords: [dword10, dwords >>> 16, offset] }, length);
  }

  async setFeature(id: number, value: number, { save = false, nsid = 0 } = {}): Promise<Completion> {
    return this.admin.run({ opcode: 0x09, nsid, dwords: [(id | (save ? 0x8000_0000 : 0)) >>> 0, value] });
  }

  async getFeature(id: number, select = 0, dword11 = 0): Promise<number> {
    return (await this.ok({ opcode: 0x0a, dwords: [id | (select << 8), dword11] })).result;
  }

  /** Host memory for `length` bytes, `offset` bytes into its first page, with a PRP list where needed. */
  buffer(length: number, offset = 0): HostBuffer {
    const memory = this.host.memory.alloc(offset + length);
    const bytes = memory.bytes.subarray(offset);
    const pages = Math.ceil((offset + length) / 4096);
    const prp1 = memory.address + offset;
    if (pages <= 2) return { bytes, prp1, prp2: pages === 2 ? memory.address + 4096 : 0, allocations: [memory] };
    const list = this.#listOf(pageAddresses(memory, pages));
    return { bytes, prp1, prp2: list.address, allocations: [memory, list] };
  }

  /** Unmaps a buffer: the device may not touch it any more. */
  release(buffer: HostBuffer): void {
    for (const allocation of buffer.allocations ?? []) this.host.memory.free(allocation);
  }

  /** Writes a PRP list of one page at most and returns its address. */
  prpList(addresses: readonly number[]): number {
    return this.#listOf(addresses).address;
  }

  #listOf(addresses: readonly number[]): SimAllocation {
    const list = this.host.memory.alloc(addresses.length * 8, { direction: 'to-device' });
    const words = new Uint32Array(list.bytes.buffer);
    addresses.forEach((address, i) => {
      words[i * 2] = address % 2 ** 32;
      words[i * 2 + 1] = Math.floor(address / 2 ** 32);
    });
    return list;
  }

  /** Writes `data` at an LBA through I/O queue 1; returns the status. */
  async write(lba: number, data: Uint8Array, lbaSize = 512, dword12 = 0): Promise<number> {
    const buffer = this.buffer(data.length);
    buffer.bytes.set(data);
    return (await this.first.run(transfer(1, buffer, lba, data.length / lbaSize, dword12))).status;
  }

  /** Reads `length` bytes from an LBA through I/O queue 1. */
  async read(lba: number, length: number, lbaSize = 512): Promise<Uint8Array> {
    const buffer = this.buffer(length);
    const { status } = await this.first.run(transfer(2, buffer, lba, length / lbaSize));
    if (status !== 0) throw new Error(`read of LBA ${lba}: status ${status}`);
    return buffer.bytes;
  }

  get first(): QueuePair {
    return this.io[0] as QueuePair;
  }
}

function pageAddresses(memory: SimAllocation, pages: number): number[] {
  return Array.from({ length: pages - 1 }, (_, i) => memory.address + (i + 1) * 4096);
}

/** An I/O command on namespace 1 that moves `blocks` blocks. */
export function transfer(opcode: number, buffer: HostBuffer, lba: number, blocks: number, dword12 = 0): Entry {
  const { prp1, prp2 } = buffer;
  return { opcode, nsid: 1, prp1, prp2, dwords: [lba % 2 ** 32, Math.floor(lba / 2 ** 32), (blocks - 1) | dword12] };
}

/** Bytes that look random but depend on the seed only. */
export function noise(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}
