import type { Analysis, Frame, Transaction } from '@pciem/capture';
import type { Output } from './output.ts';

const WIDEST = 8;
const LOSS = 11;
const MARK = 9;
const utf8 = new TextDecoder();

/** Text of Linux's mmiotrace tracer (Documentation/trace/mmiotrace.rst): the driver's accesses to BARs. */
export class Mmiotrace implements Analysis {
  readonly #output: Output;
  /** By bus address of the BAR. */
  readonly #maps = new Map<number, number>();

  constructor(output: Output) {
    this.#output = output;
    output.text('VERSION 20070824\n');
  }

  packet(frame: Frame): void {
    const { record, view, bytes, bodyAt, bodyBytes } = frame;
    if (record.kind === LOSS && bodyBytes >= 8) {
      const lost = view.getUint32(bodyAt) * 0x1_0000_0000 + view.getUint32(bodyAt + 4);
      this.#output.text(`MARK ${seconds(frame.time)} Lost ${lost} events.\n`);
    } else if (record.kind === MARK) {
      const text = utf8.decode(bytes.subarray(bodyAt, bodyAt + bodyBytes)).replaceAll('\n', ' ');
      this.#output.text(`MARK ${seconds(frame.time)} ${text}\n`);
    }
  }

  transaction(transaction: Transaction): void {
    const { from, space, size, dataBytes, address, offset, write, data, time } = transaction;
    if (from !== 'driver' || space > 5 || address < 0) return;
    const map = this.#map(transaction, address - offset);
    const missing = dataBytes < size;
    for (let done = 0; done < size; ) {
      const width = widthAt(address + done, size - done);
      // What was read is not known when the read failed: the driver saw all-ones.
      const value = missing ? 'f'.repeat(width * 2) : hex(data, done, width);
      this.#output.text(
        `${write ? 'W' : 'R'} ${width} ${seconds(time)} ${map} 0x${(address + done).toString(16)} 0x${value} 0x0 0\n`,
      );
      done += width;
    }
  }

  #map({ time }: Transaction, base: number): number {
    let map = this.#maps.get(base);
    if (map === undefined) {
      map = this.#maps.size + 1;
      this.#maps.set(base, map);
      // Neither the virtual address nor the length of the mapping is in a capture.
      this.#output.text(`MAP ${seconds(time)} ${map} 0x${base.toString(16)} 0x0 0x0 0x0 0\n`);
    }
    return map;
  }
}

/** The widest naturally aligned access of at most `left` bytes. */
function widthAt(address: number, left: number): number {
  let width = WIDEST;
  while (width > left || address % width !== 0) width /= 2;
  return width;
}

function hex(data: Uint8Array, from: number, width: number): string {
  return Buffer.from(data.subarray(from, from + width))
    .reverse()
    .toString('hex')
    .replace(/^0+(?=.)/, '');
}

function seconds(ns: number): string {
  return (ns / 1e9).toFixed(6);
}
