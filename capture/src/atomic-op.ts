import type { CaptureFunction, CaptureWriter } from './capture-writer.ts';
import { atCompletion, atRequest } from './event-time.ts';
import { ROOT_COMPLEX_ID } from './link.ts';
import { Direction, NO_SPACE } from './record.ts';
import type { TapEvent } from './tap-event.ts';
import { FmtType, withAddress } from './tlp/fmt-type.ts';
import { CplStatus } from './tlp/header.ts';
import { uapi } from './uapi.ts';

const { PCIEM_ATOMIC_FETCH_ADD, PCIEM_ATOMIC_CAS } = uapi.constants;
const MAX_OPERAND_BYTES = 16;

/** AtomicOps by the function: a request with operands, and a completion with what was there (PCIe 6.0 6.15). */
export class AtomicOp {
  readonly #writer: CaptureWriter;
  /** Operands in the order of the TLP. */
  readonly #operands = new Uint8Array(2 * MAX_OPERAND_BYTES);

  constructor(writer: CaptureWriter) {
    this.#writer = writer;
  }

  /** Writes request and completion of a DMA_ATOMIC event, whose data are the old value, the operand and the compare value. */
  write(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array, tag: number): void {
    const { header, record } = this.#writer;
    const size = Math.min(event.dataLength, MAX_OPERAND_BYTES);
    record.space = NO_SPACE;
    record.direction = Direction.upstream;
    header.fmtType = withAddress(requestType(event.vector), event.addressHi);
    header.requester = fn.id;
    header.tag = tag;
    // Reserved in AtomicOps (PCIe 6.0 2.2.5).
    header.firstBe = 0;
    header.lastBe = 0;
    header.addressHi = event.addressHi;
    header.addressLo = event.addressLo;
    atRequest(record, event);
    if (event.vector === PCIEM_ATOMIC_CAS) this.#compareAndSwap(fn, event, bytes, size);
    else {
      header.length = size >>> 2;
      this.#writer.tlp(fn, bytes, event.dataAt + size, 0, size, keptOf(event, size, size));
    }
    this.#completion(fn, event, bytes, size);
  }

  /** The compare value comes first (PCIe 6.0 2.2.7). */
  #compareAndSwap(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array, size: number): void {
    const compare = keptOf(event, 2 * size, size);
    this.#copy(bytes, event.dataAt + 2 * size, 0, compare);
    this.#copy(bytes, event.dataAt + size, size, size);
    this.#writer.header.length = size >>> 1;
    this.#writer.tlp(fn, this.#operands, 0, 0, 2 * size, compare < size ? compare : 2 * size);
  }

  #completion(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array, size: number): void {
    const { header, record } = this.#writer;
    atCompletion(record, event);
    record.direction = Direction.downstream;
    header.fmtType = FmtType.CplD;
    header.length = size >>> 2;
    header.completer = ROOT_COMPLEX_ID;
    header.status = CplStatus.SC;
    header.byteCount = size;
    header.lowerAddress = 0;
    this.#writer.tlp(fn, bytes, event.dataAt, 0, size, keptOf(event, 0, size));
  }

  #copy(from: Uint8Array, at: number, to: number, count: number): void {
    for (let i = 0; i < count; i++) this.#operands[to + i] = from[at + i] as number;
  }
}

/** How many of the `size` bytes from byte `from` of the event's data the tap has kept. */
function keptOf(event: TapEvent, from: number, size: number): number {
  return Math.max(0, Math.min(size, event.kept - from));
}

function requestType(op: number): number {
  if (op === PCIEM_ATOMIC_CAS) return FmtType.CAS;
  return op === PCIEM_ATOMIC_FETCH_ADD ? FmtType.FetchAdd : FmtType.Swap;
}
