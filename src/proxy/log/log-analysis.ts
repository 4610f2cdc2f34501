import {
  type Analysis,
  type FieldValue,
  type Frame,
  MarkKind,
  type NamedRegister,
  RecordKind,
  spaceName,
  type Transaction,
} from '@pciem/capture';
import type { LogEntry } from './entry.ts';

const NO_SPACE = 255;
/** Bytes of DMA data in a line. */
const SHOWN_BYTES = 16;
const RESET_NAMES = ['FLR', 'secondary bus reset', 'return from D3hot'];
const STATUS_NAMES: readonly string[] = ['ok', 'UR', 'CRS', 'status 3', 'CA'];
const ASSERT_INTA = 0x20;
const DEASSERT_INTA = 0x24;
const utf8 = new TextDecoder();

/** Makes a log entry of everything that happens, from a capture: live from a tap, or from a file. */
export class LogAnalysis implements Analysis {
  readonly #emit: (entry: LogEntry) => void;
  #start = -1;

  constructor(emit: (entry: LogEntry) => void) {
    this.#emit = emit;
  }

  packet(frame: Frame): void {
    const { kind, detail } = frame.record;
    // What explains the capture is no event of the device, nor are its start and end.
    if (
      kind === RecordKind.deviceMap ||
      kind === RecordKind.caller ||
      (kind === RecordKind.mark && detail >= MarkKind.start)
    )
      return;
    if (this.#start < 0) this.#start = frame.time;
    if (frame.isTlp) this.#message(frame);
    else if (kind !== RecordKind.timeout) this.#event(frame);
  }

  transaction(transaction: Transaction): void {
    const { fn, from, write, time, name } = transaction;
    const common = { time: time - this.#start, function: fn.address };
    if (name === 'MSI') this.#emit({ ...common, kind: 'interrupt', name: `vector ${this.#vector}` });
    else if (name.startsWith('Msg')) return;
    else if (from === 'device') this.#dma(transaction, common);
    else if (transaction.space !== NO_SPACE || transaction.address >= 0) this.#access(transaction, common, write);
  }

  /** Of the MSI whose transaction comes next. */
  #vector = 0;

  #message(frame: Frame): void {
    if (frame.name === 'MSI') this.#vector = frame.record.detail;
    const { messageCode } = frame.header;
    if (!frame.name.startsWith('Msg')) return;
    const asserts = messageCode >= ASSERT_INTA && messageCode < DEASSERT_INTA;
    const deasserts = messageCode >= DEASSERT_INTA && messageCode < DEASSERT_INTA + 4;
    const pin = 'ABCD'[messageCode & 3];
    const name = asserts || deasserts ? `INT${pin} ${asserts ? 'asserted' : 'deasserted'}` : `message ${messageCode}`;
    this.#emit({ kind: 'interrupt', time: frame.time - this.#start, function: frame.fn.address, name });
  }

  #event(frame: Frame): void {
    const { bytes, bodyAt, bodyBytes, fn, record } = frame;
    const text = () => utf8.decode(bytes.subarray(bodyAt, bodyAt + bodyBytes));
    const common = { kind: 'event', time: frame.time - this.#start, function: fn.address } as const;
    switch (record.kind) {
      case RecordKind.reset:
        this.#emit({ ...common, name: `reset: ${RESET_NAMES[record.detail] ?? record.detail}` });
        break;
      case RecordKind.mark:
        this.#emit({ ...common, name: `mark: ${text()}` });
        break;
      case RecordKind.bound:
        this.#emit({ ...common, name: `driver bound: ${text()}` });
        break;
      case RecordKind.loss:
        this.#emit({ ...common, name: `${frame.view.getBigUint64(bodyAt)} events lost here` });
        break;
      case RecordKind.power:
        this.#emit({ ...common, name: `power state D${record.detail}` });
        break;
      default:
        this.#emit({ ...common, name: frame.name.toLowerCase() });
    }
  }

  #dma(transaction: Transaction, common: Pick<LogEntry, 'time' | 'function'>): void {
    const { write, address, size, data, dataBytes } = transaction;
    const shown = Buffer.from(data.subarray(0, Math.min(dataBytes, SHOWN_BYTES))).toString('hex');
    this.#emit({
      ...common,
      kind: write ? 'dma write' : 'dma read',
      offset: address,
      size,
      name: `${size} bytes at 0x${address.toString(16)}`,
      ...(shown && { value: shown }),
      ...resultOf(transaction),
    });
  }

  #access(transaction: Transaction, common: Pick<LogEntry, 'time' | 'function'>, write: boolean): void {
    const { space, offset, size, data, dataBytes, response, caller } = transaction;
    const registers: NamedRegister[] = [];
    transaction.eachRegister((register) => registers.push(register));
    const value = Buffer.from(data.subarray(0, dataBytes)).reverse().toString('hex');
    this.#emit({
      ...common,
      kind: write ? 'write' : 'read',
      space: space === NO_SPACE ? 'no BAR' : spaceName(space),
      offset: space === NO_SPACE ? transaction.address : offset,
      size,
      name: nameOf(registers, transaction),
      ...(value && { value: `0x${value}` }),
      ...fieldsOf(registers, transaction),
      ...(write ? {} : { latency: response }),
      ...(caller && { caller }),
      ...resultOf(transaction),
    });
  }
}

/** Registers by name; `+1` where an access starts inside a register. */
function nameOf(registers: readonly NamedRegister[], { space, offset }: Transaction): string {
  if (space === NO_SPACE) return 'no BAR';
  const names = registers.map(({ name, named, offset: start }) => {
    if (start >= offset) return name;
    return named ? `${name}+${offset - start}` : `${spaceName(space)} +0x${offset.toString(16)}`;
  });
  return names.join(', ');
}

/** Fields that lie whole in the data. */
function fieldsOf(
  registers: readonly NamedRegister[],
  { offset, data, dataBytes }: Transaction,
): { fields?: FieldValue[] } {
  const fields: FieldValue[] = [];
  for (const register of registers) {
    for (const { name, lsb, msb } of register.fields) {
      const first = register.offset + (lsb >> 3) - offset;
      const last = register.offset + (msb >> 3) - offset;
      if (first < 0 || last >= dataBytes) continue;
      let bits = 0n;
      for (let byte = last; byte >= first; byte--) bits = (bits << 8n) | BigInt(data[byte] as number);
      const value = (bits >> BigInt(lsb & 7)) & ((1n << BigInt(msb - lsb + 1)) - 1n);
      fields.push({
        name,
        value: value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `0x${value.toString(16)}`,
      });
    }
  }
  return fields.length > 0 ? { fields } : {};
}

function resultOf({ timedOut, status }: Transaction): { result?: string } {
  if (timedOut) return { result: 'timed out' };
  return status === 0 ? {} : { result: STATUS_NAMES[status] ?? `status ${status}` };
}
