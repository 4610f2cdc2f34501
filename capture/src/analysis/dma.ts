import { DMA_FAULT_REASONS } from '../notes.ts';
import { RecordFlag, RecordKind } from '../record.ts';
import { isAtomic } from '../tlp/fmt-type.ts';
import type { Analysis, Frame, Transaction } from './frame.ts';
import { type ScanOptions, scan } from './scan.ts';

const PAGE_SHIFT = 12;
/** Pages told apart; when there are more, pages are joined in pairs until there are not. */
const MAX_PAGES = 1 << 15;
const MAX_FAULTS = 1000;

/** Memory of one kind that a function accessed, without a gap. */
export interface DmaRange {
  /** Address of the function. */
  function: string;
  /** `coherent`: shared for long, as queues are; `streaming`: mapped for one transfer. */
  kind: 'coherent' | 'streaming';
  /** Bus addresses: the first byte and the byte after the last, rounded to pages. */
  from: number;
  to: number;
  /** Bytes and requests, by the direction seen from the device; an AtomicOp reads and writes. */
  readBytes: number;
  reads: number;
  writtenBytes: number;
  writes: number;
  firstFrame: number;
  lastFrame: number;
}

/** An access that was refused. */
export interface DmaFaultRow {
  frame: number;
  /** Nanoseconds since the first packet. */
  time: number;
  function: string;
  write: boolean;
  address: number;
  bytes: number;
  reason: string;
  /** The last access to the same page that was allowed before, 0 for none: the mapping was probably there, and went. */
  allowedFrame: number;
}

export interface DmaReport {
  /** Bytes of a page in `ranges`; more than 4096 when the capture accesses very many. */
  pageBytes: number;
  /** By function, kind and address. */
  ranges: DmaRange[];
  faults: number;
  /** The first 1000 faults. */
  faultRows: DmaFaultRow[];
}

type Page = Omit<DmaRange, 'function' | 'kind' | 'from' | 'to'>;

/** What the functions of a capture file did to memory. */
export async function analyzeDma(path: string, options?: ScanOptions): Promise<DmaReport> {
  const dma = new Dma();
  await scan(path, [dma], options);
  return dma.report();
}

/** Counts DMA by kind of memory and page. */
export class Dma implements Analysis {
  /** By function and kind, then page number. */
  readonly #pages = new Map<number, { function: string; kind: DmaRange['kind']; pages: Map<number, Page> }>();
  readonly #faultRows: DmaFaultRow[] = [];
  #faults = 0;
  #count = 0;
  #shift = PAGE_SHIFT;

  packet(frame: Frame): void {
    if (frame.record.kind === RecordKind.dmaFault) this.#fault(frame);
  }

  transaction(transaction: Transaction): void {
    if (transaction.from !== 'device' || transaction.name === 'MSI') return;
    const page = this.#page(transaction);
    page.lastFrame = transaction.requestFrame;
    if (transaction.write || isAtomic(transaction.fmtType)) {
      page.writes++;
      page.writtenBytes += transaction.size;
    }
    if (!transaction.write) {
      page.reads++;
      page.readBytes += transaction.done;
    }
  }

  report(): DmaReport {
    const ranges = [...this.#pages.values()].flatMap((group) => this.#ranges(group.function, group.kind, group.pages));
    return { pageBytes: 2 ** this.#shift, ranges, faults: this.#faults, faultRows: this.#faultRows };
  }

  /** A request never crosses 4 KiB, so it is in one page. */
  #page(transaction: Transaction): Page {
    const pages = this.#group(transaction);
    const number = Math.floor(transaction.address / 2 ** this.#shift);
    let page = pages.get(number);
    if (!page) {
      const { requestFrame: firstFrame } = transaction;
      page = { readBytes: 0, reads: 0, writtenBytes: 0, writes: 0, firstFrame, lastFrame: firstFrame };
      pages.set(number, page);
      if (++this.#count > MAX_PAGES) this.#join();
    }
    return page;
  }

  #group({ fn, flags }: Transaction): Map<number, Page> {
    const coherent = (flags & RecordFlag.coherent) !== 0;
    const key = fn.index * 2 + (coherent ? 1 : 0);
    let group = this.#pages.get(key);
    if (!group) {
      group = { function: fn.address, kind: coherent ? 'coherent' : 'streaming', pages: new Map() };
      this.#pages.set(key, group);
    }
    return group.pages;
  }

  /** Doubles the size of a page. */
  #join(): void {
    this.#shift++;
    this.#count = 0;
    for (const group of this.#pages.values()) {
      const joined = new Map<number, Page>();
      for (const [number, page] of group.pages) {
        const half = Math.floor(number / 2);
        const other = joined.get(half);
        if (other) merge(other, page);
        else joined.set(half, page);
      }
      group.pages = joined;
      this.#count += joined.size;
    }
    // The pages are far apart: joining neighbours was not enough.
    if (this.#count > MAX_PAGES) this.#join();
  }

  #ranges(fn: string, kind: DmaRange['kind'], pages: Map<number, Page>): DmaRange[] {
    const ranges: DmaRange[] = [];
    const size = 2 ** this.#shift;
    for (const [number, page] of [...pages].sort(([a], [b]) => a - b)) {
      const last = ranges.at(-1);
      if (last?.to === number * size) {
        merge(last, page);
        last.to += size;
      } else {
        ranges.push({ function: fn, kind, from: number * size, to: (number + 1) * size, ...page });
      }
    }
    return ranges;
  }

  #fault(frame: Frame): void {
    this.#faults++;
    const { view, bodyAt, bodyBytes, record } = frame;
    if (this.#faultRows.length >= MAX_FAULTS || bodyBytes < 16) return;
    const address = view.getUint32(bodyAt + 8) * 0x1_0000_0000 + view.getUint32(bodyAt + 12);
    this.#faultRows.push({
      frame: frame.number,
      time: frame.time,
      function: frame.fn.address,
      write: view.getUint8(bodyAt + 1) === 1,
      address,
      bytes: view.getUint32(bodyAt + 4),
      reason: DMA_FAULT_REASONS[record.detail] ?? `reason ${record.detail}`,
      allowedFrame: this.#lastAllowed(frame.fn.index, address),
    });
  }

  #lastAllowed(fn: number, address: number): number {
    const number = Math.floor(address / 2 ** this.#shift);
    const frames = [0, 1].map((coherent) => this.#pages.get(fn * 2 + coherent)?.pages.get(number)?.lastFrame ?? 0);
    return Math.max(...frames);
  }
}

function merge(into: Page, page: Page): void {
  into.readBytes += page.readBytes;
  into.reads += page.reads;
  into.writtenBytes += page.writtenBytes;
  into.writes += page.writes;
  into.firstFrame = Math.min(into.firstFrame, page.firstFrame);
  into.lastFrame = Math.max(into.lastFrame, page.lastFrame);
}
