import { uapi } from '@pciem/capture/uapi';
import { describe, expect, it } from 'vitest';
import { Ring } from './ring.ts';

const { pciem_ring: ringLayout, pciem_record: recordLayout } = uapi.structs;

/** Plays the kernel: fills records and moves the head. */
class Producer {
  readonly memory: ArrayBuffer;
  readonly view: DataView;
  readonly #entries: number;
  #head: number;

  constructor(entries: number, start = 0) {
    this.memory = new ArrayBuffer(4096 + entries * recordLayout.size);
    this.view = new DataView(this.memory);
    this.#entries = entries;
    this.#head = start;
    this.view.setUint32(ringLayout.fields.entries.offset, entries, true);
    this.view.setInt32(ringLayout.fields.head.offset, start | 0, true);
    this.view.setInt32(ringLayout.fields.tail.offset, start | 0, true);
  }

  push(record: {
    kind: number;
    fn?: number;
    space?: number;
    tag?: number;
    size?: number;
    offset?: bigint;
    value?: bigint;
    seq?: bigint;
  }) {
    const at = 4096 + ((this.#head >>> 0) % this.#entries) * recordLayout.size;
    const { fields } = recordLayout;
    this.view.setUint16(at + fields.kind.offset, record.kind, true);
    this.view.setUint8(at + fields.function.offset, record.fn ?? 0);
    this.view.setUint8(at + fields.space.offset, record.space ?? 0);
    this.view.setUint16(at + fields.tag.offset, record.tag ?? 0, true);
    this.view.setUint8(at + fields.size.offset, record.size ?? 4);
    this.view.setBigUint64(at + fields.offset.offset, record.offset ?? 0n, true);
    this.view.setBigUint64(at + fields.value.offset, record.value ?? 0n, true);
    this.view.setBigUint64(at + fields.seq.offset, record.seq ?? 0n, true);
    this.#head = (this.#head + 1) | 0;
    this.view.setInt32(ringLayout.fields.head.offset, this.#head, true);
  }

  get tail(): number {
    return this.view.getInt32(ringLayout.fields.tail.offset, true);
  }

  get needWakeup(): number {
    return this.view.getUint32(ringLayout.fields.need_wakeup.offset, true);
  }
}

function collect(ring: Ring, limit = 100): number[][] {
  const records: number[][] = [];
  ring.drain((...record) => records.push([...record, ring.tag, ring.seqLow, ring.seqHigh]), limit);
  return records;
}

describe('Ring', () => {
  it('hands out every field of a record', () => {
    const producer = new Producer(64);
    const ring = new Ring(producer.memory);
    producer.push({
      kind: 1,
      fn: 7,
      space: 255,
      tag: 63,
      size: 8,
      offset: 0xfffff0n,
      value: 0xfedcba9876543210n,
      seq: 0x1_0000_0002n,
    });
    expect(collect(ring)).toEqual([[1, 7, 255, 0xfffff0, 8, 0x76543210, 0xfedcba98, 63, 2, 1]]);
    expect(ring.pending).toBe(false);
  });

  it('gives each record back after its handler, not before', () => {
    const producer = new Producer(64);
    const ring = new Ring(producer.memory);
    for (const kind of [1, 2, 3]) producer.push({ kind });
    const tails: number[] = [];
    ring.drain(() => tails.push(producer.tail), 100);
    expect(tails).toEqual([0, 1, 2]);
    expect(producer.tail).toBe(3);
  });

  it('stops at the limit and goes on there', () => {
    const producer = new Producer(64);
    const ring = new Ring(producer.memory);
    for (let kind = 1; kind <= 5; kind++) producer.push({ kind });
    expect(collect(ring, 2).map(([kind]) => kind)).toEqual([1, 2]);
    expect(collect(ring).map(([kind]) => kind)).toEqual([3, 4, 5]);
  });

  it('sees records that come while it drains', () => {
    const producer = new Producer(64);
    const ring = new Ring(producer.memory);
    producer.push({ kind: 1 });
    const kinds: number[] = [];
    ring.drain((kind) => {
      kinds.push(kind);
      if (kind < 4) producer.push({ kind: kind + 1 });
    }, 100);
    expect(kinds).toEqual([1, 2, 3, 4]);
  });

  it.each([0x7fff_fffe, 0xffff_fffe])('survives the wrap of its indices at %i', (start) => {
    const producer = new Producer(64, start);
    const ring = new Ring(producer.memory);
    for (let round = 0; round < 3; round++) {
      for (let kind = 1; kind <= 40; kind++) producer.push({ kind });
      expect(collect(ring).map(([kind]) => kind)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    }
    expect(producer.tail).toBe((start + 120) | 0);
  });

  it('sleeps only when there is nothing to do', () => {
    const producer = new Producer(64);
    const ring = new Ring(producer.memory);
    expect(ring.askForWakeup()).toBe(true);
    expect(producer.needWakeup).toBe(1);
    producer.push({ kind: 1 });
    expect(ring.askForWakeup()).toBe(false);
    expect(producer.needWakeup).toBe(0);
  });
});
