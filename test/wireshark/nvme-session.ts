import type { DeviceMap } from '../../capture/src/index.ts';
import { exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { bytesOf, numbered } from './session.ts';

const BAR = 0x80_0010_0000n;
export const memory = { asq: 0x10000, acq: 0x20000, sq1: 0x30000, cq1: 0x40000, list: 0x50000 };

export const nvmeMap: DeviceMap = exampleMap({
  name: 'disk',
  class: 0x010802,
  registers: [
    { space: 0, offset: 0x1000, width: 4, name: 'SQ{n}TDBL', count: 4, stride: 8, role: 'doorbell' },
    { space: 0, offset: 0x1004, width: 4, name: 'CQ{n}HDBL', count: 4, stride: 8, role: 'doorbell' },
  ],
});

export const write = (offset: number, value: number | bigint, length = 4): EventInit => {
  return { kind: 'memWrite', tag: 0xc0, offset, address: BAR + BigInt(offset), data: bytesOf(value, length) };
};
export const read = (address: number, data: Uint8Array | number[]): EventInit => {
  return { kind: 'dmaRead', flags: ['coherent'], space: 255, address, latency: 100, data };
};
export const store = (address: number, data: Uint8Array | number[]): EventInit => {
  return { kind: 'dmaWrite', space: 255, address, data };
};
export const interrupt = (vector: number): EventInit => {
  return { kind: 'msi', space: 255, address: 0xfee0_0000, vector, data: bytesOf(vector, 4) };
};

export interface SubmissionInit {
  opcode: number;
  cid: number;
  nsid?: number;
  prp1?: number;
  prp2?: number;
  cdw10?: number;
  cdw11?: number;
  cdw12?: number;
}

/** A submission queue entry (NVMe 1.4 4.2). */
export function submission({
  opcode,
  cid,
  nsid = 0,
  prp1 = 0,
  prp2 = 0,
  cdw10 = 0,
  cdw11 = 0,
  cdw12 = 0,
}: SubmissionInit) {
  return [
    ...bytesOf(opcode, 2),
    ...bytesOf(cid, 2),
    ...bytesOf(nsid, 4),
    ...bytesOf(0, 16),
    ...bytesOf(prp1, 8),
    ...bytesOf(prp2, 8),
    ...[cdw10, cdw11, cdw12, 0, 0, 0].flatMap((dword) => bytesOf(dword, 4)),
  ];
}

/** A completion queue entry (NVMe 1.4 4.6); `status`: SCT << 8 | SC. */
export function completion(sqid: number, cid: number, status = 0, sqhd = 0): number[] {
  return [
    ...bytesOf(0, 8),
    ...bytesOf(sqhd, 2),
    ...bytesOf(sqid, 2),
    ...bytesOf(cid, 2),
    ...bytesOf((status << 1) | 1, 2),
  ];
}

/** Up to an I/O queue pair of 4 entries with vector 1; 3 + 2 * 6 frames after the device map. */
export const setUp: EventInit[] = [
  write(0x24, 0x001f_001f),
  write(0x28, memory.asq, 8),
  write(0x30, memory.acq, 8),
  write(0x14, 0x0046_0001),
  write(0x1000, 2),
  read(memory.asq, [
    ...submission({ opcode: 5, cid: 10, prp1: memory.cq1, cdw10: 0x0003_0001, cdw11: 0x0001_0003 }),
    ...submission({ opcode: 1, cid: 11, prp1: memory.sq1, cdw10: 0x0003_0001, cdw11: 0x0001_0001 }),
  ]),
  store(memory.acq, [...completion(0, 10), ...completion(0, 11)]),
  interrupt(0),
  write(0x1004, 2),
];

/** Events with numbers and times. */
export function nvmeSession(events: readonly EventInit[]): EventInit[] {
  return numbered([...setUp, ...events]);
}
