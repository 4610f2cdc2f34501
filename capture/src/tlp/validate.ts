import { enabledBytes, firstEnabledByte } from './byte-enables.ts';
import { FmtType, hasData, isAtomic, isNonPosted, Layout, layoutOf, tlpName } from './fmt-type.ts';
import { CplStatus, type TlpHeader } from './header.ts';
import { checkHeader } from './validate-header.ts';

/** What the link and its ends allow; bytes. */
export interface TlpRules {
  mps: number;
  mrrs: number;
  /** Read completion boundary of a completer; 64 or 128. */
  rcbOf(completer: number): number;
}

interface Outstanding {
  fmtType: number;
  /** Low 12 bits of the address of the next byte to come. */
  address: number;
  left: number;
  dwords: number;
}

/**
 * Checks that TLPs are legal, one by one and as a sequence in which completions answer requests and tags are not
 * reused while outstanding. Independent of the code that makes TLPs; meant for tests and analyses.
 */
export class TlpChecker {
  readonly #rules: TlpRules;
  readonly #outstanding = new Map<number, Outstanding>();

  constructor(rules: TlpRules) {
    this.#rules = rules;
  }

  /** Non-posted requests whose completions have not all come. */
  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** Forgets a request that will get no completion (a completion timeout). Returns false if there is none. */
  abandon(requester: number, tag: number): boolean {
    return this.#outstanding.delete(transactionId(requester, tag));
  }

  /** Checks the next TLP; `payload` is its payload's length in bytes. Returns what is wrong, in words. */
  check(header: TlpHeader, payload: number): string[] {
    const problems = checkHeader(header, payload);
    const layout = layoutOf(header.fmtType);
    if (payload > this.#rules.mps)
      problems.push(`payload of ${payload} bytes exceeds Max_Payload_Size ${this.#rules.mps}`);
    if (layout === Layout.completion) this.#completion(header, payload, problems);
    else if (isNonPosted(header.fmtType)) this.#request(header, problems);
    return problems;
  }

  #request(header: TlpHeader, problems: string[]): void {
    const name = tlpName(header.fmtType);
    if ((name === 'MRd' || name === 'MRdLk') && header.length * 4 > this.#rules.mrrs) {
      problems.push(`read of ${header.length * 4} bytes exceeds Max_Read_Request_Size ${this.#rules.mrrs}`);
    }
    const id = transactionId(header.requester, header.tag);
    if (this.#outstanding.has(id)) problems.push(`tag ${header.tag} is reused while outstanding`);
    this.#outstanding.set(id, {
      fmtType: header.fmtType,
      address: (header.addressLo & 0xffc) + firstEnabledByte(header.firstBe),
      left: expectedBytes(header),
      dwords: header.length,
    });
  }

  #completion(header: TlpHeader, payload: number, problems: string[]): void {
    const id = transactionId(header.requester, header.tag);
    const request = this.#outstanding.get(id);
    if (!request) {
      problems.push(`completion for tag ${header.tag}, of which no request is outstanding`);
      return;
    }
    if (header.byteCount !== request.left) {
      problems.push(`byte count ${header.byteCount} where ${request.left} bytes are still to come`);
    }
    if (!isMemoryRead(request.fmtType)) {
      if (header.lowerAddress !== 0)
        problems.push(`lower address ${header.lowerAddress} in a completion of no memory read`);
      this.#otherCompletion(header, payload, request, problems);
      this.#outstanding.delete(id);
      return;
    }
    if (header.lowerAddress !== (request.address & 0x7f)) {
      problems.push(`lower address ${header.lowerAddress} where ${request.address & 0x7f} is next`);
    }
    if (header.status !== CplStatus.SC || !hasData(header.fmtType)) {
      if (header.status === CplStatus.SC) problems.push('successful completion of a read without data');
      this.#outstanding.delete(id);
      return;
    }
    const carried = Math.min(payload - (request.address & 3), request.left);
    if (payload !== (((request.address & 3) + carried + 3) >> 2) << 2) {
      problems.push(`payload of ${payload} bytes where ${request.left} bytes are still to come`);
    }
    request.left -= carried;
    request.address += carried;
    if (request.left <= 0) {
      this.#outstanding.delete(id);
    } else if (request.address % this.#rules.rcbOf(header.completer) !== 0) {
      problems.push(`completion ends at 0x${request.address.toString(16)}, not at a read completion boundary`);
    }
  }

  #otherCompletion(header: TlpHeader, payload: number, request: Outstanding, problems: string[]): void {
    const name = tlpName(request.fmtType);
    const wantsData = name === 'IORd' || name === 'CfgRd0' || name === 'CfgRd1' || isAtomic(request.fmtType);
    const successful = header.status === CplStatus.SC;
    if (hasData(header.fmtType) !== (wantsData && successful)) {
      problems.push(`${tlpName(header.fmtType)} with status ${header.status} as the completion of ${name}`);
    }
    const size = isAtomic(request.fmtType) ? request.left : 4;
    if (hasData(header.fmtType) && payload !== size) problems.push(`payload of ${payload} bytes, expected ${size}`);
  }
}

function isMemoryRead(fmtType: number): boolean {
  const type = fmtType & 0x5f;
  return type === FmtType.MRd || type === FmtType.MRdLk;
}

function expectedBytes(header: TlpHeader): number {
  if (isMemoryRead(header.fmtType)) return enabledBytes(header.firstBe, header.lastBe, header.length);
  if (!isAtomic(header.fmtType)) return 4;
  return tlpName(header.fmtType) === 'CAS' ? header.length * 2 : header.length * 4;
}

function transactionId(requester: number, tag: number): number {
  return requester * 1024 + tag;
}
