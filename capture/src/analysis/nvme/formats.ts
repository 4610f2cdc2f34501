import type { Frame } from '../frame.ts';
import type { Command } from './commands.ts';
import { PAGE_BYTES } from './queues.ts';

const OPCODE_IDENTIFY = 0x06;
/** Identify Namespace data: formatted LBA size, and the first LBA format (NVM Command Set Specification, 4.1.5.1). */
const FLBAS = 26;
const LBAF0 = 128;
const NEEDED_BYTES = LBAF0 + 64 * 4;
const MAX_NAMESPACES = 1024;

interface Identify {
  prp1: number;
  known: number;
  data: DataView;
}

/** Learns the block sizes of namespaces from the answers to Identify commands. */
export class IdentifiedFormats {
  readonly #blockBytes = new Map<number, number>();
  /** Identify Namespace commands under way, by command identifier. */
  readonly #underWay = new Map<number, Identify>();

  /** Bytes of a logical block, 0 if they are not known. */
  blockBytes(namespace: number): number {
    return this.#blockBytes.get(namespace) ?? 0;
  }

  fetched({ queue, opcode, cdw10, cid, prp1 }: Command): void {
    // CNS 0: the data structure of one namespace. It is read from its first page.
    if (queue !== 0 || opcode !== OPCODE_IDENTIFY || (cdw10 & 0xff) !== 0) return;
    this.#underWay.set(cid, { prp1, known: 0, data: new DataView(new ArrayBuffer(NEEDED_BYTES)) });
  }

  /** Data that the device writes to memory. */
  data(frame: Frame): void {
    if (this.#underWay.size === 0) return;
    for (const identify of this.#underWay.values()) {
      const from = frame.address - identify.prp1;
      // In ascending order, and not beyond the page, where another one may follow anywhere.
      if (from !== identify.known || identify.prp1 % PAGE_BYTES > PAGE_BYTES - NEEDED_BYTES) continue;
      const count = Math.min(frame.dataKept, NEEDED_BYTES - from);
      for (let i = 0; i < count; i++) identify.data.setUint8(from + i, frame.bytes[frame.dataAt + i] as number);
      identify.known += count;
    }
  }

  completed({ queue, opcode, cid, namespace }: Command, status: number): void {
    if (queue !== 0 || opcode !== OPCODE_IDENTIFY) return;
    const identify = this.#underWay.get(cid);
    this.#underWay.delete(cid);
    if (!identify || status !== 0 || identify.known < NEEDED_BYTES || this.#blockBytes.size >= MAX_NAMESPACES) return;
    const flbas = identify.data.getUint8(FLBAS);
    const format = (flbas & 0xf) | ((flbas >> 1) & 0x30);
    const shift = identify.data.getUint8(LBAF0 + format * 4 + 2);
    if (shift >= 9 && shift <= 32) this.#blockBytes.set(namespace, 2 ** shift);
  }
}
