import { Callers } from './callers.ts';
import { type CaptureFunction, CaptureWriter, type CaptureWriterOptions } from './capture-writer.ts';
import { DmaSplitter } from './dma-splitter.ts';
import { DriverAccess } from './driver-access.ts';
import { IoAccess } from './io-access.ts';
import { checkLinkLimits, type LinkLimits } from './link.ts';
import { Notes } from './notes.ts';
import { MarkKind, RecordFlag } from './record.ts';
import { EVENT_BYTES, EventFlag, EventKind, eventKind, eventLength, TapEvent } from './tap-event.ts';

export interface TapConverterOptions extends CaptureWriterOptions, Partial<LinkLimits> {
  /** What is kept, in words: noted as the start of the capture. Without it neither start nor end are noted. */
  session?: string;
}

/** What a tap says when it is closed; counts are whole numbers. */
export interface TapTotals {
  /** Events lost since the tap was attached. */
  lost: number;
  /** Events delivered. */
  delivered: number;
}

/**
 * Turns the raw bytes of a tap ring into a capture file. Requests and completions become TLPs as a bus with the
 * given limits would carry them; what has no TLP becomes a record of its own kind.
 */
export class TapConverter {
  readonly #writer: CaptureWriter;
  readonly #event = new TapEvent();
  readonly #driver: DriverAccess;
  readonly #io: IoAccess;
  readonly #dma: DmaSplitter;
  readonly #notes: Notes;
  readonly #callers: Callers;
  /** By function number. An event of a function without a map goes to the first one's interface. */
  readonly #functions: CaptureFunction[];
  readonly #notesSession: boolean;
  #lost = 0;
  #delivered = 0;

  constructor(options: TapConverterOptions) {
    const limits = checkLinkLimits(options);
    this.#writer = new CaptureWriter(options);
    this.#driver = new DriverAccess(this.#writer, limits);
    this.#io = new IoAccess(this.#writer);
    this.#dma = new DmaSplitter(this.#writer, limits);
    this.#notes = new Notes(this.#writer);
    this.#callers = new Callers(this.#writer);
    this.#notesSession = options.session !== undefined;
    if (options.session !== undefined) this.#writer.session(MarkKind.start, options.session);
    const [first] = this.#writer.functions as [CaptureFunction];
    this.#functions = Array.from({ length: 8 }, (_, number) => {
      return this.#writer.functions.find((fn) => (fn.id & 7) === number) ?? first;
    });
  }

  /** Events converted so far. */
  get delivered(): number {
    return this.#delivered;
  }

  /** The device has left the bus: no event follows. */
  get unplugged(): boolean {
    return this.#notes.unplugged;
  }

  /**
   * Converts the whole records in bytes `from` to `to`. `view` must show the same bytes at the same indices as
   * `bytes`. Throws a RangeError if they are not struct pciem_event records back to back.
   */
  push(bytes: Uint8Array, view: DataView, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const length = to - at < 8 ? 0 : eventLength(view, at);
      if (length < 8 || (length & 7) !== 0 || at + length > to) throw badRecord(at, length, to);
      if (eventKind(view, at) !== EventKind.pad) {
        if (length < EVENT_BYTES) throw badRecord(at, length, to);
        this.#event.read(view, at);
        if (this.#event.kept > length - EVENT_BYTES) throw badRecord(at, length, to);
        this.#convert(bytes);
      }
      at += length;
    }
  }

  /** Hands what is buffered to the sink, so that a live reader sees it. */
  flush(): void {
    this.#writer.flush();
  }

  /** Ends the capture: notes losses after the last event, and why it ends, writes final statistics, flushes. */
  finish(totals: TapTotals, reason = ''): void {
    const fn = this.#functions[0] as CaptureFunction;
    if (totals.lost > this.#lost) this.#notes.loss(fn, totals.lost - this.#lost);
    if (this.#notesSession) this.#writer.session(MarkKind.end, reason);
    this.#writer.statistics();
    this.#writer.flush();
  }

  #convert(bytes: Uint8Array): void {
    const event = this.#event;
    if (event.kind === EventKind.caller) {
      this.#callers.learn(event, bytes);
      return;
    }
    const fn = this.#functions[event.function & 7] as CaptureFunction;
    this.#delivered++;
    this.#prepare();
    if (event.lost > 0) {
      this.#lost += event.lost;
      this.#notes.loss(fn, event.lost);
    }
    if (event.caller !== 0) {
      event.caller = this.#callers.numberOf(fn, event);
      this.#writer.record.detail = event.caller;
    }
    switch (event.kind) {
      case EventKind.configRead:
      case EventKind.configWrite:
        this.#driver.config(fn, event, bytes);
        break;
      case EventKind.memRead:
        if (event.flags & EventFlag.io) this.#io.request(fn, event, bytes);
        else this.#driver.read(fn, event, bytes);
        break;
      case EventKind.memWrite:
        if (event.flags & EventFlag.io) this.#io.request(fn, event, bytes);
        else this.#driver.write(fn, event, bytes);
        break;
      case EventKind.memCompletion:
        if (event.flags & EventFlag.io) this.#io.completion(fn, event, bytes);
        else this.#driver.completion(fn, event, bytes);
        break;
      case EventKind.dmaRead:
        this.#dma.read(fn, event, bytes);
        break;
      case EventKind.dmaWrite:
        this.#dma.write(fn, event, bytes);
        break;
      case EventKind.dmaAtomic:
        this.#dma.atomic(fn, event, bytes);
        break;
      case EventKind.msi:
        this.#dma.interrupt(fn, event, bytes);
        break;
      case EventKind.intx:
        this.#dma.line(fn, event, bytes);
        break;
      default:
        this.#notes.event(fn, event, bytes);
    }
  }

  /** Fills in what all packets of the event share. */
  #prepare(): void {
    const event = this.#event;
    const { record } = this.#writer;
    record.flags = recordFlags(event.flags);
    record.seqHi = event.seqHi;
    record.seqLo = event.seqLo;
    record.requestHi = 0;
    record.requestLo = 0;
    record.timeHi = event.timeHi;
    record.timeLo = event.timeLo;
    record.space = event.space;
    record.offsetHi = event.offsetHi;
    record.offsetLo = event.offsetLo;
    record.access = event.dataLength;
    record.latency = 0;
    record.detail = 0;
    record.part = 0;
  }
}

function recordFlags(flags: number): number {
  let result = 0;
  if (flags & EventFlag.forwarded) result |= RecordFlag.forwarded;
  if (flags & EventFlag.timedOut) result |= RecordFlag.timedOut;
  if (flags & EventFlag.truncated) result |= RecordFlag.truncated;
  if (flags & EventFlag.coherent) result |= RecordFlag.coherent;
  if (flags & EventFlag.msixTable) result |= RecordFlag.msixTable;
  if (flags & EventFlag.unclaimed) result |= RecordFlag.unclaimed;
  return result;
}

function badRecord(at: number, length: number, to: number): RangeError {
  return new RangeError(
    `tap bytes at ${at} are no struct pciem_event: length ${length} with ${to - at} bytes left, ` +
      `expected a multiple of 8 of at least ${EVENT_BYTES} that holds the kept data`,
  );
}
