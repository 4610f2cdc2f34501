import { fileChunks } from '../input/chunks.ts';
import { DMA_FAULT_REASONS } from '../notes.ts';
import { type PcapngEnd, type PcapngPacket, PcapngReader } from '../pcapng/reader.ts';
import { Direction, decodeRecordHeader, RECORD_KIND_NAMES, RecordFlag, RecordKind } from '../record.ts';
import { decodeTlpHeader } from '../tlp/decode.ts';
import { hasData, tlpName } from '../tlp/fmt-type.ts';
import { CplStatus } from '../tlp/header.ts';
import { type Analysis, Frame, type Problem, type ProblemKind, type Transaction } from './frame.ts';
import { CapturedFunction, CapturedFunctions } from './functions.ts';
import { isTimeout, isUnclaimed, TransactionTracker } from './transaction-tracker.ts';

const MARK_DEVICE_ERROR = 2;
const utf8 = new TextDecoder();

/** What every analysis wants to know of the file as a whole. */
export interface ScanResult extends PcapngEnd {
  /** Packets in the file. */
  packets: number;
  /** Packets without our pseudo-header. */
  foreign: number;
  functions: CapturedFunction[];
  /** Nanoseconds since 1970 of the first packet, as halves. */
  startHi: number;
  startLo: number;
  /** `Frame.time` of the first packet that is not a device map, and of the latest one. */
  firstTime: number;
  lastTime: number;
}

export interface ScanOptions {
  /** Told now and then how many bytes of how many are read. */
  progress?: (read: number, total: number) => void;
  /** Reads no further after the packet for which this returns true. */
  until?: () => boolean;
}

/** Reads a capture file once, in constant memory, and shows its packets to the analyses. */
export async function scan(
  path: string,
  analyses: readonly Analysis[],
  options: ScanOptions = {},
): Promise<ScanResult> {
  const scanner = new Scanner(analyses);
  for await (const { bytes, read, total } of fileChunks(path)) {
    if (options.until?.()) break;
    scanner.push(bytes);
    options.progress?.(read, total);
  }
  return scanner.finish();
}

/** Shows the packets of a capture that comes in chunks to analyses. */
export class Scanner {
  readonly #analyses: readonly Analysis[];
  readonly #onPacket: Analysis[];
  readonly #onTransaction: Analysis[];
  readonly #functions = new CapturedFunctions();
  readonly #frame = new Frame(new CapturedFunction(0, 0, 0));
  readonly #tracker = new TransactionTracker({
    done: (transaction) => this.#done(transaction),
    unexpected: () => {
      const { number, name } = this.#frame;
      this.#report('completion without request', number, `${name}, whose request is not in the file`);
    },
    reused: (transaction) =>
      this.#report('tag reuse', this.#frame.number, `of the request in packet ${transaction.requestFrame}`),
  });
  readonly #reader = new PcapngReader({ packet: (packet) => this.#packet(packet) });
  #packets = 0;
  #foreign = 0;
  #startHi = 0;
  #startLo = 0;
  #firstTime = -1;
  #lastTime = 0;

  constructor(analyses: readonly Analysis[]) {
    this.#analyses = analyses;
    this.#onPacket = analyses.filter(({ packet }) => packet);
    this.#onTransaction = analyses.filter(({ transaction }) => transaction);
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  /** The file is over. */
  finish(): ScanResult {
    const end = this.#reader.finish();
    for (const transaction of this.#tracker.outstanding()) {
      const { requestFrame, fn, name, time } = transaction;
      this.#problem('request without completion', requestFrame, time, fn.address, name, 1);
    }
    const { skippedBytes, truncatedBytes } = end;
    if (skippedBytes > 0)
      this.#problem('damaged file', 0, 0, '', `${skippedBytes} bytes belong to no block`, skippedBytes);
    if (truncatedBytes > 0)
      this.#problem('file cut off', 0, 0, '', `${truncatedBytes} bytes of the last block are left`, truncatedBytes);
    return {
      ...end,
      packets: this.#packets,
      foreign: this.#foreign,
      functions: this.#functions.all,
      startHi: this.#startHi,
      startLo: this.#startLo,
      firstTime: Math.max(this.#firstTime, 0),
      lastTime: this.#lastTime,
    };
  }

  #packet(packet: PcapngPacket): void {
    const frame = this.#frame;
    const { record } = frame;
    frame.number = ++this.#packets;
    const headerBytes = decodeRecordHeader(packet.view, packet.start, packet.captured, record);
    if (headerBytes === 0) {
      this.#foreign++;
      return;
    }
    frame.fn = this.#functions.of(record);
    frame.bytes = packet.bytes;
    frame.view = packet.view;
    frame.bodyAt = packet.start + headerBytes;
    frame.bodyBytes = packet.captured - headerBytes;
    this.#time(frame);
    if (record.kind === RecordKind.tlp) this.#tlp(frame);
    else this.#note(frame);
  }

  #time(frame: Frame): void {
    const { timeHi, timeLo, kind } = frame.record;
    if (this.#packets - this.#foreign === 1) {
      this.#startHi = timeHi;
      this.#startLo = timeLo;
    }
    frame.time = (timeHi - this.#startHi) * 0x1_0000_0000 + (timeLo - this.#startLo);
    if (kind === RecordKind.deviceMap) return;
    if (this.#firstTime < 0) this.#firstTime = frame.time;
    if (frame.time > this.#lastTime) this.#lastTime = frame.time;
  }

  #tlp(frame: Frame): void {
    const { record, header } = frame;
    const headerBytes = decodeTlpHeader(frame.view, frame.bodyAt, frame.bodyBytes, header);
    frame.isTlp = headerBytes > 0;
    if (!frame.isTlp) {
      this.#nothing(frame, 'Malformed TLP');
      this.#show(frame);
      this.#report('malformed TLP', frame.number, 'its header is not whole or of no known kind');
      return;
    }
    frame.name = record.flags & RecordFlag.interrupt ? 'MSI' : (tlpName(header.fmtType) as string);
    frame.from = record.direction === Direction.upstream ? 'device' : 'driver';
    frame.payloadBytes = hasData(header.fmtType) ? header.length * 4 : 0;
    this.#tracker.locate(frame, frame.bodyAt + headerBytes);
    this.#show(frame);
    if (header.ep) this.#report('poisoned TLP', frame.number, frame.name);
    this.#tracker.follow(frame);
  }

  #note(frame: Frame): void {
    const { kind, part } = frame.record;
    frame.isTlp = false;
    this.#nothing(frame, RECORD_KIND_NAMES[kind] ?? `Record kind ${kind}`);
    if (kind === RecordKind.deviceMap) {
      frame.fn.learn(part, bodyOf(frame));
    }
    if (kind === RecordKind.caller) frame.fn.callers.set(frame.record.detail, utf8.decode(bodyOf(frame)));
    if (isTimeout(frame)) this.#tracker.locateTimeout(frame);
    this.#show(frame);
    if (isTimeout(frame)) this.#tracker.timeout(frame);
    else this.#noteProblem(frame);
  }

  #nothing(frame: Frame, name: string): void {
    frame.name = name;
    frame.from = '';
    frame.payloadBytes = 0;
    frame.dataBytes = 0;
    frame.dataKept = 0;
    frame.address = -1;
    frame.transaction = undefined;
  }

  #show(frame: Frame): void {
    for (const analysis of this.#onPacket) analysis.packet?.(frame);
  }

  #done(transaction: Transaction): void {
    for (const analysis of this.#onTransaction) analysis.transaction?.(transaction, this.#frame);
    const where = () => describe(transaction);
    if (transaction.timedOut) this.#report('completion timeout', this.#frame.number, where());
    else if (transaction.status !== CplStatus.SC)
      this.#report(statusProblem(transaction.status), this.#frame.number, where());
    else if (transaction.posted && isUnclaimed(transaction))
      this.#report('access to no BAR', this.#frame.number, where());
  }

  #noteProblem({ record, number, view, bodyAt, bodyBytes }: Frame): void {
    if (record.kind === RecordKind.dmaFault && bodyBytes >= 16) {
      const address = (view.getUint32(bodyAt + 8) * 0x1_0000_0000 + view.getUint32(bodyAt + 12)).toString(16);
      const what = `${view.getUint8(bodyAt + 1) ? 'write' : 'read'} of ${view.getUint32(bodyAt + 4)} bytes at 0x${address}`;
      this.#report('DMA fault', number, `${what}: ${DMA_FAULT_REASONS[record.detail] ?? `reason ${record.detail}`}`);
    } else if (record.kind === RecordKind.loss && bodyBytes >= 8) {
      const lost = view.getUint32(bodyAt) * 0x1_0000_0000 + view.getUint32(bodyAt + 4);
      this.#report('lost events', number, `${lost} events before the next packet`, lost);
    } else if (record.kind === RecordKind.mark && record.detail === MARK_DEVICE_ERROR) {
      this.#report('device error', number, utf8.decode(bodyOf(this.#frame)));
    } else if (record.kind === RecordKind.unplug && record.detail === 1) {
      this.#report('surprise removal', number, 'the function was gone without warning');
    }
  }

  #report(kind: ProblemKind, frame: number, text: string, count = 1): void {
    this.#problem(kind, frame, this.#frame.time, this.#frame.fn.address, text, count);
  }

  #problem(kind: ProblemKind, frame: number, time: number, fn: string, text: string, count: number): void {
    const problem: Problem = { kind, frame, time, function: fn, text, count };
    for (const analysis of this.#analyses) analysis.problem?.(problem);
  }
}

function statusProblem(status: number): ProblemKind {
  if (status === CplStatus.UR) return 'unsupported request';
  if (status === CplStatus.CA) return 'completer abort';
  return status === CplStatus.CRS ? 'configuration retry' : 'other completion status';
}

/** `MRd of CSTS in packet 12`. */
function describe(transaction: Transaction): string {
  const { name, requestFrame, address, size } = transaction;
  const names: string[] = [];
  if (transaction.from === 'driver' && transaction.space <= 7)
    transaction.eachRegister((each) => names.push(each.name));
  const target =
    names.length > 0 && names.length <= 4
      ? names.join(', ')
      : `${size} bytes at 0x${Math.max(address, 0).toString(16)}`;
  return `${name} of ${target}, request in packet ${requestFrame}`;
}

function bodyOf({ bytes, bodyAt, bodyBytes }: Frame): Uint8Array {
  return bytes.subarray(bodyAt, bodyAt + bodyBytes);
}
