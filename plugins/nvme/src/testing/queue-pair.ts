import type { SimAllocation, SimHost } from '@pciem/sdk/testing';

/** A submission queue entry; dwords that are left out are zero. */
export interface Entry {
  opcode: number;
  /** Bits 15:8 of dword 0: FUSE and PSDT. */
  flags?: number;
  id?: number;
  nsid?: number;
  /** Bus addresses. */
  prp1?: number;
  prp2?: number;
  /** Dwords 10 to 15. */
  dwords?: readonly number[];
}

export interface Completion {
  result: number;
  sqHead: number;
  sqId: number;
  id: number;
  /** SCT << 8 | SC. */
  status: number;
  more: boolean;
  doNotRetry: boolean;
}

/** The host's side of Doorbell Buffer Config, by `2 * queue` for tails and `2 * queue + 1` for heads. */
export interface DoorbellBuffers {
  shadow: Uint32Array;
  eventIndex: Uint32Array;
}

const TWO_32 = 2 ** 32;

/** Lets the device finish what it does on its event loop: it works for a millisecond at a time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The host's side of a submission and a completion queue. */
export class QueuePair {
  readonly id: number;
  readonly size: number;
  readonly sq: SimAllocation;
  readonly cq: SimAllocation;
  tail = 0;
  head = 0;
  phase = 1;
  /** Where doorbells go, if not only to registers. */
  doorbells: DoorbellBuffers | undefined;
  readonly #host: SimHost;
  #nextId = 0;

  constructor(host: SimHost, id: number, size: number, cqSize = size) {
    this.#host = host;
    this.id = id;
    this.size = size;
    this.sq = host.memory.alloc(size * 64, { direction: 'to-device' });
    this.cq = host.memory.alloc(cqSize * 16);
  }

  /** Puts an entry into the queue without telling the device; returns the command identifier. */
  put(entry: Entry): number {
    const id = entry.id ?? this.#nextId++ & 0xfff;
    const words = new Uint32Array(this.sq.bytes.buffer, this.tail * 64, 16);
    words.fill(0);
    words[0] = entry.opcode | ((entry.flags ?? 0) << 8) | (id << 16);
    words[1] = entry.nsid ?? 0;
    setAddress(words, 6, entry.prp1 ?? 0);
    setAddress(words, 8, entry.prp2 ?? 0);
    words.set(entry.dwords ?? [], 10);
    this.tail = (this.tail + 1) % this.size;
    return id;
  }

  ringTail(value = this.tail): void {
    this.#ring(2 * this.id, value);
  }

  ringHead(value = this.head): void {
    this.#ring(2 * this.id + 1, value);
  }

  /** As Linux does it: the register is written when EventIdx is passed. */
  #ring(index: number, value: number): void {
    if (this.doorbells) {
      const { shadow, eventIndex } = this.doorbells;
      const before = shadow[index] as number;
      shadow[index] = value;
      if (((value - (eventIndex[index] as number) - 1) & 0xffff) >= ((value - before) & 0xffff)) return;
    }
    this.#host.write32(0, 0x1000 + index * 4, value);
  }

  /** Takes a completion that has arrived, without telling the device. */
  take(): Completion | undefined {
    const words = new Uint32Array(this.cq.bytes.buffer, this.head * 16, 4);
    const last = words[3] as number;
    if (((last >>> 16) & 1) !== this.phase) return undefined;
    this.head++;
    if (this.head * 16 === this.cq.bytes.length) {
      this.head = 0;
      this.phase ^= 1;
    }
    return {
      result: words[0] as number,
      sqHead: (words[2] as number) & 0xffff,
      sqId: (words[2] as number) >>> 16,
      id: last & 0xffff,
      status: (last >>> 17) & 0x7ff,
      more: ((last >>> 30) & 1) === 1,
      doNotRetry: last >>> 31 === 1,
    };
  }

  /** Takes all completions that have arrived, and frees their entries. */
  takeAll(): Completion[] {
    const all: Completion[] = [];
    for (let one = this.take(); one; one = this.take()) all.push(one);
    if (all.length > 0) this.ringHead();
    return all;
  }

  /** Carries out one command and returns its completion. */
  async run(entry: Entry): Promise<Completion> {
    const id = this.put(entry);
    this.ringTail();
    for (let turn = 0; turn < 100; turn++) {
      const [completion] = this.takeAll();
      if (completion?.id === id) return completion;
      if (completion) throw new Error(`completion of command ${completion.id} instead of ${id}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`no completion of opcode ${entry.opcode} on queue ${this.id}`);
  }
}

function setAddress(words: Uint32Array, index: number, address: number): void {
  words[index] = address % TWO_32;
  words[index + 1] = Math.floor(address / TWO_32);
}
