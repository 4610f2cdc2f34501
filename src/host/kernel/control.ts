import { constants as osConstants } from 'node:os';
import { uapi } from '@pciem/capture/uapi';
import type { BarKind } from '@pciem/sdk';
import { IoctlArgument } from './argument.ts';
import { decodeStats, type Stats } from './stats.ts';
import { ioctl, SyscallError, tryIoctl } from './syscalls.ts';

const { constants, linear, structs } = uapi;
const {
  pciem_create: create,
  pciem_function: func,
  pciem_bar: barLayout,
  pciem_mark: mark,
  pciem_timeout: timeout,
} = structs;

const COMPLETE_SEQ = structs.pciem_complete.fields.seq.offset / 4;
const COMPLETE_VALUE = structs.pciem_complete.fields.value.offset / 4;
/** Tag in the low half, status in the high half. */
const COMPLETE_TAG = structs.pciem_complete.fields.tag.offset / 4;
const IRQ_FUNCTION = structs.pciem_irq.fields.function.offset / 4;
const IRQ_VECTOR = structs.pciem_irq.fields.vector.offset / 4;
const IRQ_FLAGS = structs.pciem_irq.fields.flags.offset / 4;

const { EPERM, EINVAL, ESTALE, ENOTCONN } = osConstants.errno;

/** A BAR as the kernel is told of it. */
export interface BarRequest {
  readonly index: number;
  readonly size: number;
  readonly kind: BarKind;
  readonly cached: boolean;
  readonly bits: 32 | 64;
  readonly prefetchable: boolean;
}

export interface FunctionRequest {
  readonly bars: readonly BarRequest[];
  /** Bytes of the expansion ROM; 0 if there is none. */
  readonly romSize: number;
}

export interface CreateRequest {
  readonly name: string;
  readonly functions: readonly FunctionRequest[];
  /** Records, a power of two. */
  readonly ringEntries: number;
  readonly completionTimeoutUs: number;
}

export interface Created {
  readonly endpoint: number;
  readonly domain: number;
  readonly ringBytes: number;
}

/** What became of a completion: taken, or the driver no longer waits. */
export const COMPLETED = 0;
export const LATE = 1;

/** The ioctls of an endpoint, with their arguments allocated once. */
export class Control {
  readonly fd: number;
  readonly #complete = new IoctlArgument(structs.pciem_complete.size);
  readonly #irq = new IoctlArgument(structs.pciem_irq.size);
  readonly #mark = new IoctlArgument(mark.size);
  readonly #text = new IoctlArgument(4096);
  readonly #timeout = new IoctlArgument(timeout.size);
  readonly #encoder = new TextEncoder();

  constructor(fd: number) {
    this.fd = fd;
  }

  create(request: CreateRequest): Created {
    const { fields } = create;
    const argument = new IoctlArgument(create.size);
    const { view } = argument;
    view.setUint32(fields.num_functions.offset, request.functions.length, true);
    view.setUint32(fields.ring_entries.offset, request.ringEntries, true);
    view.setUint32(fields.completion_timeout_us.offset, request.completionTimeoutUs, true);
    this.#encoder.encodeInto(
      request.name,
      argument.bytes.subarray(fields.name.offset, fields.name.offset + fields.name.size - 1),
    );
    request.functions.forEach(({ bars, romSize }, fn) => {
      const at = fields.functions.offset + fn * fields.functions.stride;
      for (const bar of bars) encodeBar(argument, at, bar);
      view.setUint32(at + func.fields.rom_size.offset, romSize, true);
    });
    ioctl(this.fd, constants.PCIEM_CREATE, 'PCIEM_CREATE', argument.address);
    return {
      endpoint: view.getUint32(fields.endpoint.offset, true),
      domain: view.getUint32(fields.domain.offset, true),
      ringBytes: Number(view.getBigUint64(fields.ring_bytes.offset, true)),
    };
  }

  plug(): void {
    ioctl(this.fd, constants.PCIEM_PLUG, 'PCIEM_PLUG');
  }

  /** Starts the removal; false if the endpoint is not on the bus. */
  unplug(): boolean {
    const result = tryIoctl(this.fd, constants.PCIEM_UNPLUG);
    if (result < 0 && result !== -ENOTCONN) throw new SyscallError('PCIEM_UNPLUG', -result);
    return result === 0;
  }

  /** Answers a forwarded read: COMPLETED or LATE. */
  complete(tag: number, seqLow: number, seqHigh: number, status: number, low: number, high: number): number {
    const { words } = this.#complete;
    words[COMPLETE_SEQ] = seqLow;
    words[COMPLETE_SEQ + 1] = seqHigh;
    words[COMPLETE_VALUE] = low;
    words[COMPLETE_VALUE + 1] = high;
    words[COMPLETE_TAG] = tag | (status << 16);
    const result = tryIoctl(this.fd, constants.PCIEM_COMPLETE, this.#complete.address);
    if (result === 0) return COMPLETED;
    if (result === -ESTALE || result === -ENOTCONN) return LATE;
    throw new SyscallError('PCIEM_COMPLETE', -result);
  }

  /** 0 delivered, 1 pending, -1 refused. */
  raiseIrq(fn: number, vector: number): number {
    return this.#interrupt(fn, vector, 0);
  }

  /** Sets the level of INTx: 0 done, 1 asserted but disabled by the driver, -1 refused. */
  setIntx(fn: number, asserted: boolean): number {
    return this.#interrupt(fn, 0, asserted ? constants.PCIEM_IRQ_ASSERT : constants.PCIEM_IRQ_DEASSERT);
  }

  #interrupt(fn: number, vector: number, flags: number): number {
    const { words } = this.#irq;
    words[IRQ_FUNCTION] = fn;
    words[IRQ_VECTOR] = vector;
    words[IRQ_FLAGS] = flags;
    const result = tryIoctl(this.fd, constants.PCIEM_RAISE_IRQ, this.#irq.address);
    if (result >= 0) return result;
    if (result === -EPERM || result === -EINVAL || result === -ENOTCONN) return -1;
    throw new SyscallError('PCIEM_RAISE_IRQ', -result);
  }

  /** How long drivers wait for a completion from now on, those that wait already too; 0: as long as it takes. */
  setTimeout(microseconds: number): void {
    this.#timeout.view.setUint32(timeout.fields.completion_timeout_us.offset, microseconds, true);
    ioctl(this.fd, constants.PCIEM_SET_TIMEOUT, 'PCIEM_SET_TIMEOUT', this.#timeout.address);
  }

  /** Puts a text, at most 4096 bytes of it, into every capture; `kind`: one of PCIEM_MARK_*. */
  mark(kind: number, text: string): void {
    const { written } = this.#encoder.encodeInto(text, this.#text.bytes);
    if (written === 0) return;
    this.#mark.setNumber(mark.fields.text.offset, this.#text.address);
    this.#mark.view.setUint32(mark.fields.length.offset, written, true);
    this.#mark.view.setUint32(mark.fields.kind.offset, kind, true);
    ioctl(this.fd, constants.PCIEM_MARK, 'PCIEM_MARK', this.#mark.address);
  }
}

/** What the module has counted, of an endpoint or of a tap's endpoint. */
export function readStats(fd: number): Stats {
  const argument = new IoctlArgument(structs.pciem_stats.size);
  ioctl(fd, constants.PCIEM_GET_STATS, 'PCIEM_GET_STATS', argument.address);
  return decodeStats(argument.view);
}

/** The interface version of the loaded module. */
export function readApiVersion(fd: number): number {
  return ioctl(fd, constants.PCIEM_GET_API_VERSION, 'PCIEM_GET_API_VERSION');
}

/** Where a register space is mapped. */
export function spaceMmapOffset(fn: number, space: number): number {
  const { base, function: perFunction, space: perSpace } = linear.PCIEM_MMAP_SPACE;
  return base + fn * perFunction + space * perSpace;
}

const BAR_KINDS: Readonly<Record<BarKind, number>> = {
  trapped: constants.PCIEM_BAR_TRAPPED,
  ram: constants.PCIEM_BAR_RAM,
  io: constants.PCIEM_BAR_IO,
};

/** `fn`: where the function is in the argument. */
function encodeBar({ view }: IoctlArgument, fn: number, bar: BarRequest): void {
  const at = fn + func.fields.bars.offset + bar.index * func.fields.bars.stride;
  const flags =
    (bar.bits === 64 ? constants.PCIEM_BAR_64BIT : 0) |
    (bar.prefetchable ? constants.PCIEM_BAR_PREFETCH : 0) |
    (bar.cached ? constants.PCIEM_BAR_CACHED : 0);
  view.setBigUint64(at + barLayout.fields.size.offset, BigInt(bar.size), true);
  view.setUint32(at + barLayout.fields.kind.offset, BAR_KINDS[bar.kind], true);
  view.setUint32(at + barLayout.fields.flags.offset, flags, true);
}
