import type { Analysis, Transaction } from './frame.ts';
import type { CapturedFunction } from './functions.ts';
import { type FieldValue, RegisterValue } from './register-value.ts';
import { CONFIG_SPACE, type NamedRegister, spaceName } from './registers-of.ts';
import { type ScanOptions, scan } from './scan.ts';

/** One register, and what the driver did with it. */
export interface RegisterRow {
  /** Address of the function. */
  function: string;
  /** `BAR 0`, `ROM`, `config`. */
  space: string;
  offset: number;
  /** Bytes. */
  width: number;
  name: string;
  reads: number;
  writes: number;
  /** Times that an access showed or wrote another value than the one before. */
  changes: number;
  /** As the driver last read or wrote it: `0x0000??01` where bytes are not known. */
  value: string;
  fields: FieldValue[];
  /** Whether `value` was read or written. A write does not say what a register then holds, a read does. */
  source: 'read' | 'write';
  /** Packet of the access that `value` is from: the completion of a read, the request of a write. */
  frame: number;
  firstFrame: number;
}

/** One access to a register. */
export interface RegisterAccess {
  frame: number;
  /** Nanoseconds since the first packet. */
  time: number;
  function: string;
  name: string;
  access: 'read' | 'write';
  /** Value of the register as far as it is known after the access. */
  value: string;
  fields: FieldValue[];
  /** Another value than at the access before. */
  changed: boolean;
  /** Nanoseconds from request to completion; 0 for posted writes. */
  latency: number;
  /** What became of the request: `ok`, `timed out`, or a completion status. */
  result: string;
}

export interface RegistersOptions extends ScanOptions {
  /** Only what happened up to this packet. */
  at?: number;
  /** Told each access to the registers for which it returns true by name. */
  follow?: (name: string) => boolean;
  onAccess?: (access: RegisterAccess) => void;
}

/** What the driver did with registers, by function, space and offset. */
export async function analyzeRegisters(path: string, options: RegistersOptions = {}): Promise<RegisterRow[]> {
  const registers = new RegisterAccesses(options);
  const { at = Number.POSITIVE_INFINITY } = options;
  let reached = false;
  const end: Analysis = {
    packet: ({ number }) => {
      reached ||= number >= at;
    },
  };
  await scan(path, [registers, end], { ...options, until: () => reached });
  return registers.report();
}

interface State {
  fn: CapturedFunction;
  value: RegisterValue;
  reads: number;
  writes: number;
  changes: number;
  source: 'read' | 'write';
  frame: number;
  firstFrame: number;
}

const STATUS_NAMES: readonly string[] = ['ok', 'UR', 'CRS', 'status 3', 'CA'];

/** Keeps the driver's view of every register. */
export class RegisterAccesses implements Analysis {
  readonly #states = new Map<NamedRegister, State>();
  readonly #at: number;
  readonly #follow: ((name: string) => boolean) | undefined;
  readonly #onAccess: ((access: RegisterAccess) => void) | undefined;

  constructor({ at = Number.POSITIVE_INFINITY, follow, onAccess }: RegistersOptions = {}) {
    this.#at = at;
    this.#follow = follow;
    this.#onAccess = onAccess;
  }

  transaction(transaction: Transaction): void {
    if (transaction.from !== 'driver' || transaction.lastFrame > this.#at) return;
    transaction.eachRegister(this.#access);
  }

  report(): RegisterRow[] {
    return [...this.#states].sort(inOrder).map(([register, state]) => ({
      function: state.fn.address,
      space: spaceName(register.space),
      offset: register.offset,
      width: register.width,
      name: register.name,
      reads: state.reads,
      writes: state.writes,
      changes: state.changes,
      value: state.value.hex(register.width),
      fields: state.value.fields(register.fields),
      source: state.source,
      frame: state.frame,
      firstFrame: state.firstFrame,
    }));
  }

  readonly #access = (register: NamedRegister, transaction: Transaction): void => {
    const state = this.#state(register, transaction);
    if (transaction.write) state.writes++;
    else state.reads++;
    const changed = transaction.dataBytes > 0 && transaction.status === 0 && state.value.take(register, transaction);
    if (changed) state.changes++;
    if (transaction.dataBytes > 0) {
      state.source = transaction.write ? 'write' : 'read';
      state.frame = transaction.lastFrame;
    }
    if (this.#onAccess && (this.#follow?.(register.name) ?? true)) {
      this.#onAccess(accessOf(register, transaction, state.value, changed));
    }
  };

  #state(register: NamedRegister, { fn, requestFrame, lastFrame, write }: Transaction): State {
    let state = this.#states.get(register);
    if (!state) {
      const source = write ? 'write' : 'read';
      const value = new RegisterValue();
      state = { fn, value, reads: 0, writes: 0, changes: 0, source, frame: lastFrame, firstFrame: requestFrame };
      this.#states.set(register, state);
    }
    return state;
  }
}

function accessOf(
  register: NamedRegister,
  transaction: Transaction,
  value: RegisterValue,
  changed: boolean,
): RegisterAccess {
  return {
    frame: transaction.requestFrame,
    time: transaction.time,
    function: transaction.fn.address,
    name: register.name,
    access: transaction.write ? 'write' : 'read',
    value: value.hex(register.width),
    fields: value.fields(register.fields),
    changed,
    latency: transaction.response,
    result: transaction.timedOut ? 'timed out' : (STATUS_NAMES[transaction.status] ?? `status ${transaction.status}`),
  };
}

/** Configuration space first, as drivers start there. */
function inOrder([a, { fn: fnA }]: [NamedRegister, State], [b, { fn: fnB }]: [NamedRegister, State]): number {
  const space = (register: NamedRegister) => (register.space === CONFIG_SPACE ? -1 : register.space);
  return fnA.index - fnB.index || space(a) - space(b) || a.offset - b.offset;
}
