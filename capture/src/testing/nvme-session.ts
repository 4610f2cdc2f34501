import { access, dma, forwardedRead } from './analyze.ts';
import { exampleMap } from './capture.ts';
import type { EventInit } from './events.ts';

/** Where the queues of the session are. */
export const QUEUES = { asq: 0x1_0000_0000, acq: 0x1_0000_1000, sq: 0x1_0000_2000, cq: 0x1_0000_3000 };

export const nvmeMap = exampleMap({ name: 'nvme', class: 0x010802 });

export interface SessionCommand {
  opcode: number;
  cid: number;
  nsid?: number;
  prp1?: number;
  cdw10?: number;
  cdw11?: number;
  cdw12?: number;
}

/** A submission queue entry. */
export function sqe({ opcode, cid, nsid = 1, prp1 = 0, cdw10 = 0, cdw11 = 0, cdw12 = 0 }: SessionCommand): Uint8Array {
  const entry = Buffer.alloc(64);
  entry.writeUInt8(opcode, 0);
  entry.writeUInt16LE(cid, 2);
  entry.writeUInt32LE(nsid, 4);
  entry.writeBigUInt64LE(BigInt(prp1), 24);
  entry.writeUInt32LE(cdw10, 40);
  entry.writeUInt32LE(cdw11, 44);
  entry.writeUInt32LE(cdw12, 48);
  return entry;
}

/** A completion queue entry. */
export function cqe(sq: number, cid: number, status = 0): Uint8Array {
  const entry = Buffer.alloc(16);
  entry.writeUInt16LE(sq, 10);
  entry.writeUInt16LE(cid, 12);
  entry.writeUInt16LE((status << 1) | 1, 14);
  return entry;
}

const coherent = { flags: ['coherent' as const] };

/** The driver sets up admin queues of 32 entries and enables the controller. */
export function enable(at: number): EventInit[] {
  return [
    ...forwardedRead(0, 0x20, at, 1),
    ...forwardedRead(4, 0, at + 1, 1),
    access('memWrite', 0x24, 0x001f_001f, at + 2),
    ...address(0x28, QUEUES.asq, at + 3),
    ...address(0x30, QUEUES.acq, at + 4),
    access('memWrite', 0x14, 0x0046_0001, at + 5),
  ];
}

/**
 * One command at entry `index` of its queue: doorbell at `at`, fetched 10 ns later, completed 10 + `service` ns later.
 */
export function command(queue: 0 | 1, index: number, entry: SessionCommand, at: number, service: number, status = 0) {
  const [sq, cq] = queue === 0 ? [QUEUES.asq, QUEUES.acq] : [QUEUES.sq, QUEUES.cq];
  return [
    access('memWrite', 0x1000 + queue * 8, index + 1, at),
    dma('dmaRead', sq + index * 64, sqe(entry), at + 10, coherent),
    dma('dmaWrite', cq + index * 16, cqe(queue, entry.cid, status), at + 10 + service, coherent),
  ];
}

/** Admin commands 0 and 1: a pair of I/O queues of 8 entries with interrupt vector 1. */
export function createQueues(at: number): EventInit[] {
  const size = 7 << 16;
  const completion = { opcode: 5, cid: 1, prp1: QUEUES.cq, cdw10: size | 1, cdw11: (1 << 16) | 3 };
  const submission = { opcode: 1, cid: 2, prp1: QUEUES.sq, cdw10: size | 1, cdw11: (1 << 16) | 1 };
  return [...command(0, 0, completion, at, 100), ...command(0, 1, submission, at + 1000, 100)];
}

function address(offset: number, value: number, at: number): EventInit[] {
  return [
    access('memWrite', offset, value % 0x1_0000_0000, at),
    access('memWrite', offset + 4, Math.floor(value / 0x1_0000_0000), at),
  ];
}
