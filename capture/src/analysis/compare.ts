import { AccessStream, type DriverAccess } from './access-stream.ts';
import type { Distribution } from './histogram.ts';
import type { ScanResult } from './scan.ts';
import { type TransactionRow, Transactions } from './transactions.ts';

export interface CompareOptions {
  /** Told now and then how many bytes are read of both files. */
  progress?: (read: number) => void;
  /** Told how each file ended, as soon as it is read; may throw. */
  ended?: (path: string, result: ScanResult) => void;
}

/** How far the two captures are searched for the place from which they agree again, in accesses. */
const WINDOW = 256;
/** So many equal accesses in a row are agreement, not chance. */
const AGREEMENT = 4;
const MAX_ROWS = 10_000;

/** An access of the one capture and its counterpart in the other; undefined where a capture is over. */
export interface AccessPair {
  a?: DriverAccess;
  b?: DriverAccess;
}

/** Accesses of one kind that only one of the captures has, and values that differ. */
export interface CompareRow {
  /** Direction, size and registers. */
  what: string;
  /** Accesses that only B, and that only A has; and those of both with different values. */
  added: number;
  missing: number;
  otherValue: number;
  /** Packets of the first such access in A and in B; 0 for none. */
  frameA: number;
  frameB: number;
}

/** Transactions of one kind in both captures. Response times, in nanoseconds. */
export interface LatencyShift {
  name: string;
  from: TransactionRow['from'];
  register: string;
  a: Distribution;
  b: Distribution;
}

export interface Comparison {
  /** Accesses in A and in B, and those that were found in both. */
  accessesA: number;
  accessesB: number;
  common: number;
  added: number;
  missing: number;
  otherValue: number;
  /** The first access that only one of them has, */
  divergence?: AccessPair;
  /** and the first access with a different value before or after that. */
  valueDivergence?: AccessPair;
  /** Most differences first. */
  rows: CompareRow[];
  latencies: LatencyShift[];
}

/**
 * Compares what the driver did in two captures of the same device. Reads both side by side in constant memory: where
 * they differ, it looks up to 256 accesses ahead for the place from which they agree again.
 */
export async function compareCaptures(
  pathA: string,
  pathB: string,
  { progress, ended }: CompareOptions = {},
): Promise<Comparison> {
  const transactionsA = new Transactions();
  const transactionsB = new Transactions();
  await using a = await AccessStream.open(pathA, [transactionsA]);
  await using b = await AccessStream.open(pathB, [transactionsB]);
  const comparer = new Comparer(a, b);
  while (await comparer.step()) progress?.(a.read + b.read);
  for (const [path, { result }] of [
    [pathA, a],
    [pathB, b],
  ] as const)
    if (result) ended?.(path, result);
  return { ...comparer.result(), latencies: shifts(transactionsA.report(), transactionsB.report()) };
}

class Comparer {
  readonly #a: AccessStream;
  readonly #b: AccessStream;
  readonly #rows = new Map<string, CompareRow>();
  readonly #counts = { accessesA: 0, accessesB: 0, common: 0, added: 0, missing: 0, otherValue: 0 };
  #divergence: AccessPair | undefined;
  #valueDivergence: AccessPair | undefined;

  constructor(a: AccessStream, b: AccessStream) {
    this.#a = a;
    this.#b = b;
  }

  /** Compares the next accesses; returns whether there may be more. */
  async step(): Promise<boolean> {
    await this.#a.fill(WINDOW + AGREEMENT);
    await this.#b.fill(WINDOW + AGREEMENT);
    const a = this.#a.peek(0);
    const b = this.#b.peek(0);
    if (!a && !b) return false;
    if (a && b && a.what === b.what) {
      this.#same(this.#a.take(), this.#b.take());
      return true;
    }
    this.#divergence ??= { ...(a ? { a } : {}), ...(b ? { b } : {}) };
    const [skipA, skipB] = this.#agreement();
    for (let i = 0; i < skipA; i++) this.#missing(this.#a.take());
    for (let i = 0; i < skipB; i++) this.#added(this.#b.take());
    return true;
  }

  result(): Omit<Comparison, 'latencies'> {
    const differences = ({ added, missing, otherValue }: CompareRow) => added + missing + otherValue;
    return {
      ...this.#counts,
      ...(this.#divergence ? { divergence: this.#divergence } : {}),
      ...(this.#valueDivergence ? { valueDivergence: this.#valueDivergence } : {}),
      rows: [...this.#rows.values()].sort((x, y) => differences(y) - differences(x)),
    };
  }

  /** How many accesses of A and B to leave out, as few as possible, so that they agree; all in sight if never. */
  #agreement(): [number, number] {
    const limitA = Math.min(this.#a.ready, WINDOW);
    const limitB = Math.min(this.#b.ready, WINDOW);
    for (let sum = 1; sum < limitA + limitB; sum++) {
      for (let i = Math.max(0, sum - limitB); i <= Math.min(sum, limitA); i++) {
        if (this.#agreeAt(i, sum - i)) return [i, sum - i];
      }
    }
    return [limitA, limitB];
  }

  /** Near the end of the captures, agreement up to the end is enough. */
  #agreeAt(i: number, j: number): boolean {
    if (!this.#a.peek(i) || !this.#b.peek(j)) return false;
    for (let k = 0; k < AGREEMENT; k++) {
      if (this.#a.peek(i + k)?.what !== this.#b.peek(j + k)?.what) return false;
    }
    return true;
  }

  #same(a: DriverAccess, b: DriverAccess): void {
    this.#counts.accessesA++;
    this.#counts.accessesB++;
    this.#counts.common++;
    if (a.value === b.value) return;
    this.#counts.otherValue++;
    this.#valueDivergence ??= { a, b };
    const row = this.#row(a.what, a.frame, b.frame);
    if (row) row.otherValue++;
  }

  #missing(a: DriverAccess): void {
    this.#counts.accessesA++;
    this.#counts.missing++;
    const row = this.#row(a.what, a.frame, 0);
    if (row) row.missing++;
  }

  #added(b: DriverAccess): void {
    this.#counts.accessesB++;
    this.#counts.added++;
    const row = this.#row(b.what, 0, b.frame);
    if (row) row.added++;
  }

  #row(what: string, frameA: number, frameB: number): CompareRow | undefined {
    let row = this.#rows.get(what);
    if (!row && this.#rows.size < MAX_ROWS) {
      row = { what, added: 0, missing: 0, otherValue: 0, frameA: 0, frameB: 0 };
      this.#rows.set(what, row);
    }
    if (row) {
      row.frameA ||= frameA;
      row.frameB ||= frameB;
    }
    return row;
  }
}

function shifts(rowsA: readonly TransactionRow[], rowsB: readonly TransactionRow[]): LatencyShift[] {
  const found: LatencyShift[] = [];
  for (const { from, name, register, response: a } of rowsA) {
    const b = rowsB.find((row) => row.from === from && row.name === name && row.register === register)?.response;
    if (a && b) found.push({ name, from, register, a, b });
  }
  return found;
}
