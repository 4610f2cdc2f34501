import type { DeviceMap } from '../device-map.ts';
import { uapi } from '../uapi.ts';
import { convert, readCapture } from './capture.ts';
import type { EventInit } from './events.ts';

const time = 1_764_000_000_000_000_000n;
const CSTS = { address: 0x5a00_0000_001cn, offset: 0x1c, dataLength: 4, tag: 2 };

const PORT = { space: 1, address: 0xc011, offset: 0x11, tag: 0xc0, data: [0x83] } satisfies Partial<EventInit>;

const map: DeviceMap = {
  name: 'hello',
  domain: 0x1f000,
  bus: 0,
  device: 0,
  function: 0,
  vendor: 0x1234,
  deviceId: 0x5678,
  subsystemVendor: 0x1234,
  subsystem: 0x0001,
  class: 0x010802,
  revision: 3,
  bars: [{ index: 0, size: 16384, kind: 'trapped', bits: 64, prefetchable: false }],
  registers: [
    { space: 0, offset: 0x1c, width: 4, name: 'CSTS', fields: [{ name: 'RDY', lsb: 0, msb: 0 }] },
    { space: 0, offset: 0x1000, width: 4, name: 'SQ{n}', count: 2, stride: 8, role: 'doorbell' },
  ],
  msix: { bar: 0, table: 0x2000, pba: 0x3000, vectors: 2 },
};

/** By name of the example in docs/capture-format.md: events, and which of their packets it shows. */
const packets: Record<string, { packet: number; events: EventInit[] }> = {
  'device map': { packet: 0, events: [] },
  'memory read request': { packet: 1, events: [{ kind: 'memRead', flags: ['forwarded'], seq: 8, time, ...CSTS }] },
  'memory read completion': {
    packet: 1,
    events: [
      {
        kind: 'memCompletion',
        flags: ['forwarded'],
        seq: 9,
        requestSeq: 8,
        time: time + 12_000n,
        latency: 12_000,
        ...CSTS,
        data: [1, 0, 0, 0],
      },
    ],
  },
  'interrupt message': {
    packet: 1,
    events: [{ kind: 'msi', seq: 11, time, space: 255, address: 0xfee0_1000, vector: 1, data: [0x21, 0, 0, 0] }],
  },
  'completion timeout': {
    packet: 1,
    events: [
      {
        kind: 'memCompletion',
        flags: ['forwarded', 'timedOut'],
        seq: 9,
        requestSeq: 8,
        time,
        latency: 50_000_000,
        ...CSTS,
      },
    ],
  },
  reset: { packet: 1, events: [{ kind: 'reset', seq: 12, time, vector: 0 }] },
  plug: { packet: 1, events: [{ kind: 'plug', seq: 1, time }] },
  unplug: { packet: 1, events: [{ kind: 'unplug', seq: 13, time, vector: 1 }] },
  bound: { packet: 1, events: [{ kind: 'bound', seq: 3, time, data: Buffer.from('nvme') }] },
  unbound: { packet: 1, events: [{ kind: 'unbound', seq: 12, time }] },
  mark: { packet: 1, events: [{ kind: 'mark', seq: 5, time, vector: 0, data: Buffer.from('mkfs starts') }] },
  'DMA fault': {
    packet: 1,
    events: [
      {
        kind: 'dmaFault',
        seq: 6,
        time,
        address: 0x1_0000_2000,
        dataLength: 4096,
        status: 2,
        vector: 1,
        data: nearest(),
      },
    ],
  },
  'I/O write request': { packet: 1, events: [{ kind: 'memWrite', flags: ['io'], seq: 16, time, ...PORT }] },
  'I/O write completion': { packet: 2, events: [{ kind: 'memWrite', flags: ['io'], seq: 16, time, ...PORT }] },
  'compare and swap request': { packet: 1, events: [compareAndSwap()] },
  'compare and swap completion': { packet: 2, events: [compareAndSwap()] },
  'INTx message': { packet: 1, events: [{ kind: 'intx', seq: 14, time, space: 255, tag: 0, vector: 1 }] },
  power: { packet: 1, events: [{ kind: 'power', seq: 15, time, space: 255, vector: 3 }] },
  caller: {
    packet: 1,
    events: [
      { kind: 'caller', caller: 9, time, data: Buffer.from('nvme_wait_ready+0x48/0x120 [nvme]') },
      { kind: 'memRead', flags: ['forwarded'], seq: 18, caller: 9, time, ...CSTS },
    ],
  },
  loss: { packet: 1, events: [{ kind: 'plug', seq: 7, time, lost: 3 }] },
};

/** 5 is exchanged for 6, as it was 5. */
function compareAndSwap(): EventInit {
  const data = [5, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0];
  const place = { space: 255, address: 0x1_0000_1000, dataLength: 4 };
  return { kind: 'dmaAtomic', flags: ['completed', 'coherent'], seq: 17, time, vector: 2, ...place, data };
}

/** A mapping that ends where the access begins: live, for both directions, coherent (uapi: struct pciem_dma_nearest). */
function nearest(): Uint8Array {
  const { fields } = uapi.structs.pciem_dma_nearest;
  const data = Buffer.alloc(fields.owner.offset);
  data.writeBigUInt64LE(0x1_0000_1000n, fields.address.offset);
  data.writeBigUInt64LE(0x1000n, fields.size.offset);
  data[fields.flags.offset] = uapi.constants.PCIEM_NEAREST_LIVE | uapi.constants.PCIEM_NEAREST_COHERENT;
  return Buffer.concat([data, Buffer.from('nvme_alloc_queue [nvme]')]);
}

/** Blocks of a file, by position; block 2 is the device map. */
const BLOCKS = { 0: 'section header', 1: 'interface description', 3: 'enhanced packet', 4: 'interface statistics' };

/** Worked examples for docs/capture-format.md, as the code makes them. */
export function examples(): Record<string, Uint8Array> {
  const file = (events: EventInit[]) =>
    convert(events, { maps: [map], application: 'pciem 0.1.0', startTime: 1_764_000_000_000 });
  const result: Record<string, Uint8Array> = {};
  const blocks = blocksOf(file([{ kind: 'plug', seq: 1, time }]));
  for (const [index, name] of Object.entries(BLOCKS)) result[name] = blocks[Number(index)] as Uint8Array;
  for (const [name, { packet, events }] of Object.entries(packets)) {
    result[name] = readCapture(file(events)).packets[packet]?.bytes as Uint8Array;
  }
  return result;
}

function blocksOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at + 4, true);
    blocks.push(file.subarray(at, at + length));
    at += length;
  }
  return blocks;
}
