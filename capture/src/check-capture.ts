import { fileChunks } from './input/chunks.ts';
import { checkLinkLimits, ENDPOINT_RCB, type LinkLimits, ROOT_COMPLEX_ID } from './link.ts';
import { type PcapngPacket, PcapngReader } from './pcapng/reader.ts';
import { decodeRecordHeader, RecordHeader, RecordKind } from './record.ts';
import { decodeTlpHeader } from './tlp/decode.ts';
import { TlpHeader } from './tlp/header.ts';
import { TlpChecker } from './tlp/validate.ts';

/** What is wrong with a capture. */
export interface CaptureCheck {
  tlps: number;
  /** TLPs that break a rule. */
  illegal: number;
  /** The first of them: number of the packet in the file, from 1, and what is wrong. */
  problems: { packet: number; problem: string }[];
  /** Requests that have neither completion nor timeout at the end of the file. */
  outstanding: number;
}

const MAX_PROBLEMS = 100;

/** Checks that every TLP of a capture file is legal, by itself and after those before it. Streams the file. */
export async function checkCapture(path: string, limits: Partial<LinkLimits> = {}): Promise<CaptureCheck> {
  const checker = new CaptureChecker(checkLinkLimits(limits));
  const reader = new PcapngReader({ packet: (packet) => checker.packet(packet) });
  for await (const { bytes } of fileChunks(path)) reader.push(bytes);
  reader.finish();
  return checker.result();
}

class CaptureChecker {
  readonly #limits: LinkLimits;
  readonly #record = new RecordHeader();
  readonly #header = new TlpHeader();
  /** By domain: tags of different endpoints have nothing to do with each other. */
  readonly #checkers = new Map<number, TlpChecker>();
  readonly #problems: CaptureCheck['problems'] = [];
  #packets = 0;
  #tlps = 0;
  #illegal = 0;

  constructor(limits: LinkLimits) {
    this.#limits = limits;
  }

  packet({ view, start, captured, original }: PcapngPacket): void {
    this.#packets++;
    const record = this.#record;
    const headerBytes = decodeRecordHeader(view, start, captured, record);
    const body = start + headerBytes;
    const available = captured - headerBytes;
    if (headerBytes === 0) this.#report(['no pseudo-header of ours']);
    else if (record.kind === RecordKind.tlp) this.#tlp(view, body, available, original - headerBytes);
    else if (record.kind === RecordKind.timeout && available >= 4) {
      const known = this.#checker().abandon(view.getUint16(body), view.getUint16(body + 2));
      if (!known) this.#report(['completion timeout of a request that is not outstanding']);
    }
  }

  result(): CaptureCheck {
    let outstanding = 0;
    for (const checker of this.#checkers.values()) outstanding += checker.outstanding;
    return { tlps: this.#tlps, illegal: this.#illegal, problems: this.#problems, outstanding };
  }

  #tlp(view: DataView, at: number, available: number, original: number): void {
    this.#tlps++;
    const header = this.#header;
    const headerBytes = decodeTlpHeader(view, at, available, header);
    if (headerBytes <= 0) this.#report(['no whole TLP header']);
    else this.#report(this.#checker().check(header, original - headerBytes - (header.td ? 4 : 0)));
  }

  #checker(): TlpChecker {
    const { domain } = this.#record;
    let checker = this.#checkers.get(domain);
    if (!checker) {
      const { mps, rcb } = this.#limits;
      // The driver's reads are not bound by the function's Max_Read_Request_Size, so that is not checked here.
      checker = new TlpChecker({ mps, mrrs: 4096, rcbOf: (id) => (id === ROOT_COMPLEX_ID ? rcb : ENDPOINT_RCB) });
      this.#checkers.set(domain, checker);
    }
    return checker;
  }

  #report(problems: string[]): void {
    if (problems.length === 0) return;
    this.#illegal++;
    for (const problem of problems) {
      if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ packet: this.#packets, problem });
    }
  }
}
