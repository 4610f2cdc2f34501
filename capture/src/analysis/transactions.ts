import type { Analysis, Sender, Transaction } from './frame.ts';
import type { CapturedFunction } from './functions.ts';
import { type Distribution, Histogram } from './histogram.ts';
import type { NamedRegister } from './registers-of.ts';
import { type ScanOptions, scan } from './scan.ts';

/** Rows told apart; each takes two histograms. What comes after them is counted in one row for each kind. */
const MAX_ROWS = 512;

/** Transactions of one kind with one register. Times are nanoseconds. */
export interface TransactionRow {
  /** Address of the function. */
  function: string;
  /** Name of the request's TLP. */
  name: string;
  from: Sender;
  /** Name of the driver's target; empty for DMA and interrupts. */
  register: string;
  count: number;
  /** Bytes asked for or written. */
  bytes: number;
  timedOut: number;
  /** Requests with a completion status other than SC. */
  unsuccessful: number;
  /** First request. */
  firstFrame: number;
  /** Request to first completion, and to last; undefined for posted requests. Frames are those of the requests. */
  latency?: Distribution;
  response?: Distribution;
}

interface Row {
  fn: CapturedFunction;
  name: string;
  from: Sender;
  register: string;
  count: number;
  bytes: number;
  timedOut: number;
  unsuccessful: number;
  firstFrame: number;
  latency: Histogram | undefined;
  response: Histogram | undefined;
}

/** Measures the transactions of a capture file. */
export async function analyzeTransactions(path: string, options?: ScanOptions): Promise<TransactionRow[]> {
  const transactions = new Transactions();
  await scan(path, [transactions], options);
  return transactions.report();
}

/** Measures requests with their completions, by kind of request and register. */
export class Transactions implements Analysis {
  /** By kind of request; then by register, or undefined for none. */
  readonly #kinds = new Map<number, Map<NamedRegister | undefined, Row>>();
  #rows = 0;
  #register: NamedRegister | undefined;

  transaction(transaction: Transaction): void {
    const row = this.#rowOf(transaction);
    row.count++;
    row.bytes += transaction.size;
    if (transaction.status !== 0) row.unsuccessful++;
    if (transaction.timedOut) {
      row.timedOut++;
      return;
    }
    if (transaction.posted) return;
    row.latency ??= new Histogram();
    row.response ??= new Histogram();
    row.latency.add(transaction.latency, transaction.requestFrame);
    row.response.add(transaction.response, transaction.requestFrame);
  }

  /** Rows by function, configuration last, the driver's first, then by name and number of transactions. */
  report(): TransactionRow[] {
    return this.rows().map(({ fn, latency, response, ...row }) => ({
      function: fn.address,
      ...row,
      ...(latency && response ? { latency: latency.summary(), response: response.summary() } : {}),
    }));
  }

  /** As `report`, with the histograms. */
  rows(): Row[] {
    const rows = [...this.#kinds.values()].flatMap((byRegister) => [...byRegister.values()]);
    const order = (a: Row, b: Row) =>
      a.fn.index - b.fn.index ||
      Number(isConfig(a)) - Number(isConfig(b)) ||
      b.from.localeCompare(a.from) ||
      a.name.localeCompare(b.name) ||
      b.count - a.count ||
      a.firstFrame - b.firstFrame;
    return rows.sort(order);
  }

  /** An access to several registers counts for the first one. */
  readonly #first = (register: NamedRegister): void => {
    this.#register ??= register;
  };

  #rowOf(transaction: Transaction): Row {
    const { fn, from, name, fmtType } = transaction;
    this.#register = undefined;
    if (from === 'driver') transaction.eachRegister(this.#first);
    // The width of the address makes no different kind.
    const sender = from === 'device' ? 1 : 0;
    const kind = ((fn.index * 2 + sender) * 2 + (name === 'MSI' ? 1 : 0)) * 256 + (fmtType & ~0x20);
    let byRegister = this.#kinds.get(kind);
    if (!byRegister) {
      byRegister = new Map();
      this.#kinds.set(kind, byRegister);
    }
    const found = byRegister.get(this.#register);
    return found ?? this.#add(byRegister, transaction, this.#register);
  }

  #add(byRegister: Map<NamedRegister | undefined, Row>, transaction: Transaction, register?: NamedRegister): Row {
    const full = register && this.#rows >= MAX_ROWS;
    const rest = full ? byRegister.get(undefined) : undefined;
    if (rest) return rest;
    const row: Row = {
      fn: transaction.fn,
      name: transaction.name,
      from: transaction.from,
      register: full ? 'other registers' : (register?.name ?? ''),
      count: 0,
      bytes: 0,
      timedOut: 0,
      unsuccessful: 0,
      firstFrame: transaction.requestFrame,
      latency: undefined,
      response: undefined,
    };
    byRegister.set(full ? undefined : register, row);
    this.#rows++;
    return row;
  }
}

function isConfig({ name }: Row): boolean {
  return name.startsWith('Cfg');
}
