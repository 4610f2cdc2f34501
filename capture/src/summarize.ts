import { open } from 'node:fs/promises';
import { formatAddress } from './capture-writer.ts';
import { type DeviceMapRegister, decodeDeviceMap } from './device-map.ts';
import { type PcapngPacket, PcapngReader } from './pcapng/reader.ts';
import { decodeRecordHeader, RECORD_KIND_NAMES, RecordFlag, RecordHeader, RecordKind } from './record.ts';
import { decodeTlpHeader } from './tlp/decode.ts';
import { hasData, isNonPosted, Layout, layoutOf, tlpName } from './tlp/fmt-type.ts';
import { CplStatus, TlpHeader } from './tlp/header.ts';

/** One line of a summary: packets of one kind. */
export interface SummaryType {
  /** Name of the TLP, `MSI` for an interrupt message, or the name of another record kind. */
  name: string;
  /** `driver` or `device` for a TLP: which side sent it. */
  from: 'driver' | 'device' | '';
  count: number;
  /** Bytes of payload. */
  bytes: number;
}

/** What happened on one function. */
export interface SummaryFunction {
  /** Such as `1f000:00:00.0`. */
  address: string;
  /** From the device map. */
  name: string;
  packets: number;
  /** Writes to registers with the role `doorbell`. */
  doorbells: number;
}

export interface CaptureSummary {
  /** In order of first appearance. */
  types: SummaryType[];
  functions: SummaryFunction[];
  packets: number;
  /** Packets without our pseudo-header. */
  foreign: number;
  /** Events lost by the tap. */
  lost: number;
  /** Non-posted requests, */
  requests: number;
  /** those whose last completion came, */
  completed: number;
  /** those that timed out, */
  timedOut: number;
  /** and completions with a status other than SC. */
  unsuccessful: number;
  dmaFaults: number;
  /** Nanoseconds from the first packet that is not a device map to the last one. */
  durationNs: number;
  /** Damage: bytes between blocks that belong to none. */
  skippedBytes: number;
  /** Bytes of a last block that was cut off. */
  truncatedBytes: number;
}

/** Summarizes a capture file in one pass and constant memory. */
export async function summarize(path: string): Promise<CaptureSummary> {
  const summary = new Summarizer();
  const buffer = new Uint8Array(1 << 20);
  await using file = await open(path);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return summary.finish();
    summary.push(buffer.subarray(0, bytesRead));
  }
}

interface FunctionState extends SummaryFunction {
  doorbellRegisters: DeviceMapRegister[];
}

/** Summarizes a capture that comes in chunks. */
export class Summarizer {
  readonly #reader = new PcapngReader({ packet: (packet) => this.#packet(packet) });
  readonly #record = new RecordHeader();
  readonly #header = new TlpHeader();
  /** By sender and name; a handful of entries. */
  readonly #types = new Map<string, SummaryType>();
  readonly #functions = new Map<number, FunctionState>();
  readonly #counts = {
    packets: 0,
    foreign: 0,
    lost: 0,
    requests: 0,
    completed: 0,
    timedOut: 0,
    unsuccessful: 0,
    dmaFaults: 0,
  };
  #firstNs: bigint | undefined;
  #lastHi = 0;
  #lastLo = 0;

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  finish(): CaptureSummary {
    const { skippedBytes, truncatedBytes } = this.#reader.finish();
    const lastNs = (BigInt(this.#lastHi) << 32n) | BigInt(this.#lastLo);
    return {
      types: [...this.#types.values()],
      functions: [...this.#functions.values()].map(({ address, name, packets, doorbells }) => ({
        address,
        name,
        packets,
        doorbells,
      })),
      ...this.#counts,
      durationNs: Number(lastNs - (this.#firstNs ?? lastNs)),
      skippedBytes,
      truncatedBytes,
    };
  }

  #packet(packet: PcapngPacket): void {
    const record = this.#record;
    this.#counts.packets++;
    const headerBytes = decodeRecordHeader(packet.view, packet.start, packet.captured, record);
    if (headerBytes === 0) {
      this.#counts.foreign++;
      return;
    }
    const fn = this.#function();
    fn.packets++;
    const body = packet.start + headerBytes;
    const bodyBytes = packet.captured - headerBytes;
    if (record.kind !== RecordKind.deviceMap) this.#time();
    if (record.kind === RecordKind.tlp) this.#tlp(packet, fn, body, bodyBytes);
    else this.#note(packet, fn, body, bodyBytes);
  }

  #time(): void {
    const { timeHi, timeLo } = this.#record;
    this.#firstNs ??= (BigInt(timeHi) << 32n) | BigInt(timeLo);
    // Two CPUs' events may be slightly out of order.
    if (timeHi < this.#lastHi || (timeHi === this.#lastHi && timeLo < this.#lastLo)) return;
    this.#lastHi = timeHi;
    this.#lastLo = timeLo;
  }

  #tlp(packet: PcapngPacket, fn: FunctionState, at: number, available: number): void {
    const { view } = packet;
    const header = this.#header;
    if (decodeTlpHeader(view, at, available, header) <= 0) {
      this.#count('Malformed TLP', '', available);
      return;
    }
    const payload = hasData(header.fmtType) ? header.length * 4 : 0;
    const interrupt = (this.#record.flags & RecordFlag.interrupt) !== 0;
    const name = interrupt ? 'MSI' : (tlpName(header.fmtType) as string);
    this.#count(name, this.#record.direction === 2 ? 'device' : 'driver', payload);
    if (isNonPosted(header.fmtType)) this.#counts.requests++;
    if (layoutOf(header.fmtType) === Layout.completion) this.#completion(header, payload);
    else if (name === 'MWr' && this.#isDoorbell(fn)) fn.doorbells++;
  }

  #completion(header: TlpHeader, payload: number): void {
    if (header.status !== CplStatus.SC) this.#counts.unsuccessful++;
    const isLast =
      header.status !== CplStatus.SC || header.byteCount <= payload - (header.lowerAddress & 3) || payload === 0;
    if (isLast) this.#counts.completed++;
  }

  #isDoorbell(fn: FunctionState): boolean {
    const { space, offsetLo, offsetHi } = this.#record;
    if (offsetHi !== 0) return false;
    return fn.doorbellRegisters.some((register) => {
      const { count = 1, stride = register.width } = register;
      const distance = offsetLo - register.offset;
      return (
        register.space === space && distance >= 0 && distance < count * stride && distance % stride < register.width
      );
    });
  }

  #note(packet: PcapngPacket, fn: FunctionState, at: number, available: number): void {
    const { kind } = this.#record;
    this.#count(RECORD_KIND_NAMES[kind] ?? `Record kind ${kind}`, '', available);
    if (kind === RecordKind.timeout) this.#counts.timedOut++;
    else if (kind === RecordKind.dmaFault) this.#counts.dmaFaults++;
    else if (kind === RecordKind.loss && available >= 8) this.#counts.lost += Number(packet.view.getBigUint64(at));
    else if (kind === RecordKind.deviceMap) this.#deviceMap(fn, packet.bytes.subarray(at, at + available));
  }

  /** A map that takes several records comes in pieces; a new one starts with part 0. */
  #deviceMap(fn: FunctionState, body: Uint8Array): void {
    const map = decodeDeviceMap([body]);
    if (this.#record.part === 0) {
      fn.name = map.name;
      fn.doorbellRegisters = [];
    }
    fn.doorbellRegisters.push(...map.registers.filter(({ role }) => role === 'doorbell'));
  }

  #count(name: string, from: SummaryType['from'], bytes: number): void {
    const key = from === '' ? name : from + name;
    let type = this.#types.get(key);
    if (!type) {
      type = { name, from, count: 0, bytes: 0 };
      this.#types.set(key, type);
    }
    type.count++;
    type.bytes += bytes;
  }

  #function(): FunctionState {
    const { domain, function: id } = this.#record;
    const key = domain * 0x10000 + id;
    let fn = this.#functions.get(key);
    if (!fn) {
      fn = { address: formatAddress(domain, id), name: '', packets: 0, doorbells: 0, doorbellRegisters: [] };
      this.#functions.set(key, fn);
    }
    return fn;
  }
}
