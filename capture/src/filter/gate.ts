import type { DeviceMap } from '../device-map.ts';
import type { RecordHeader } from '../record.ts';
import type { TlpHeader } from '../tlp/header.ts';
import { compileFilter, type PacketTest, type PacketView } from './compile.ts';

/** Which TLPs a capture keeps, and what some of them cause. Expressions as in docs/capture.md. */
export interface GateOptions {
  /** Keeps the TLPs for which this holds; all other records stay. */
  filter?: string;
  /** Puts a mark after each TLP for which this holds. */
  markWhen?: string;
  /** Ends the capture after the first TLP for which this holds. */
  stopWhen?: string;
  /** TLPs that are still captured after that one; none when left out. */
  after?: number;
  /** Told when `stopWhen` holds for the first time: all before that TLP has gone to the sink, and it has not. */
  onTrigger?: () => void;
  /** Told once when the capture is over; what is written later is dropped. */
  onStop?: () => void;
}

/** Looks at every TLP that is about to be written. Conditions are tested on filtered ones, too. */
export class PacketGate {
  readonly #options: GateOptions;
  readonly #filter: PacketTest | undefined;
  readonly #markWhen: PacketTest | undefined;
  readonly #stopWhen: PacketTest | undefined;
  readonly #view: PacketView;
  #left: number;
  #hasTriggered = false;
  #marks = false;
  #triggers = false;
  #stops = false;
  #isOver = false;

  /** Throws a FilterError that names the option and what is wrong with it. */
  constructor(options: GateOptions, maps: readonly DeviceMap[]) {
    const test = (text: string | undefined) => (text === undefined ? undefined : compileFilter(text, maps));
    this.#options = options;
    this.#filter = test(options.filter);
    this.#markWhen = test(options.markWhen);
    this.#stopWhen = test(options.stopWhen);
    this.#left = options.after ?? 0;
    this.#view = { interfaceId: 0, data: new Uint8Array(0), dataAt: 0, size: 0, kept: 0 } as PacketView;
  }

  /** Nothing more is to be written. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether `takeMark` and `act` have something to do. */
  get isDue(): boolean {
    return this.#marks || this.#stops;
  }

  /** Whether `trigger` is to be called before the TLP is written. */
  get triggers(): boolean {
    return this.#triggers;
  }

  trigger(): void {
    this.#triggers = false;
    this.#options.onTrigger?.();
  }

  /** Whether the TLP is to be written; the parameters are those of `CaptureWriter.tlp`. */
  admits(
    interfaceId: number,
    record: RecordHeader,
    header: TlpHeader,
    data: Uint8Array,
    dataAt: number,
    size: number,
    kept: number,
  ): boolean {
    if (this.#isOver) return false;
    const view = this.#view;
    view.interfaceId = interfaceId;
    view.record = record;
    view.header = header;
    view.data = data;
    view.dataAt = dataAt;
    view.size = size;
    view.kept = kept;
    this.#marks = this.#markWhen?.(view) ?? false;
    const admitted = this.#filter?.(view) ?? true;
    if (this.#hasTriggered) {
      if (admitted) this.#stops = --this.#left <= 0;
    } else if (this.#stopWhen?.(view)) {
      this.#hasTriggered = true;
      this.#triggers = true;
      this.#stops = this.#left === 0;
    }
    return admitted;
  }

  /** Text of the mark that is due, once. */
  takeMark(): string | undefined {
    const marks = this.#marks;
    this.#marks = false;
    return marks ? this.#options.markWhen : undefined;
  }

  /** Tells who wants to know. */
  act(): void {
    if (!this.#stops) return;
    this.#stops = false;
    this.#isOver = true;
    this.#options.onStop?.();
  }
}
