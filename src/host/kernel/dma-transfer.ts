import { constants } from 'node:os';
import { uapi } from '@pciem/capture/uapi';
import { type DmaOp, DmaStatus } from '@pciem/sdk';
import { IoctlArgument } from './argument.ts';
import { addressOf, SyscallError, tryIoctl } from './syscalls.ts';

const { pciem_dma: dma, pciem_dma_op: dmaOp } = uapi.structs;
const { PCIEM_DMA, PCIEM_DMA_WRITE } = uapi.constants;

const MAX_OPS = 1024;
const TWO_32 = 2 ** 32;
const { ENOTCONN } = constants.errno;

const OP_WORDS = dmaOp.size / 4;
const ADDRESS = dmaOp.fields.address.offset / 4;
const BUFFER = dmaOp.fields.buffer.offset / 4;
const LENGTH = dmaOp.fields.length.offset / 4;
const FLAGS = dmaOp.fields.flags.offset / 4;
const STATUS = dmaOp.fields.status.offset / 4;
const DONE = dmaOp.fields.done.offset / 4;

const COUNT = dma.fields.count.offset / 4;
const FUNCTION = dma.fields.function.offset / 4;
const FAILED = dma.fields.failed.offset / 4;

/**
 * Batches of DMA accesses, one ioctl each (uapi: PCIEM_DMA). The kernel copies straight from and to the buffers of the
 * ops; their addresses are looked up once for each array buffer. Allocates nothing per access.
 */
export class DmaTransfer {
  readonly #fd: number;
  readonly #argument = new IoctlArgument(dma.size);
  readonly #ops = new IoctlArgument(MAX_OPS * dmaOp.size);
  /** Weak: a buffer that is gone takes its address with it, and its address may be used again. */
  readonly #addresses = new WeakMap<ArrayBufferLike, number>();

  constructor(fd: number) {
    this.#fd = fd;
    this.#argument.setNumber(dma.fields.ops.offset, this.#ops.address);
  }

  /** Carries out `ops[from]` to `ops[to - 1]`, at most 1024, whose bounds have been checked; returns how many failed. */
  run(fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    for (let i = from; i < to; i++) this.#encode((i - from) * OP_WORDS, ops[i] as DmaOp);
    const { words } = this.#argument;
    words[COUNT] = to - from;
    words[FUNCTION] = fn;
    const result = tryIoctl(this.#fd, PCIEM_DMA, this.#argument.address);
    if (result < 0) return refuseAll(ops, from, to, -result);
    for (let i = from; i < to; i++) this.#decode((i - from) * OP_WORDS, ops[i] as DmaOp);
    return words[FAILED] as number;
  }

  #encode(at: number, op: DmaOp): void {
    const { words } = this.#ops;
    const { buffer, address } = op;
    const offset = op.offset ?? 0;
    const start = this.#addressOf(buffer.buffer) + buffer.byteOffset + offset;
    words[at + ADDRESS] = address;
    words[at + ADDRESS + 1] = address / TWO_32;
    words[at + BUFFER] = start;
    words[at + BUFFER + 1] = start / TWO_32;
    words[at + LENGTH] = op.length ?? buffer.byteLength - offset;
    words[at + FLAGS] = op.write ? PCIEM_DMA_WRITE : 0;
  }

  #decode(at: number, op: DmaOp): void {
    const { words } = this.#ops;
    op.status = words[at + STATUS] as number;
    op.done = words[at + DONE] as number;
  }

  #addressOf(buffer: ArrayBufferLike): number {
    let address = this.#addresses.get(buffer);
    if (address === undefined) {
      address = addressOf(buffer);
      this.#addresses.set(buffer, address);
    }
    return address;
  }
}

/** An endpoint that is not on the bus moves nothing; anything else is a mistake of this host. */
function refuseAll(ops: readonly DmaOp[], from: number, to: number, errno: number): number {
  if (errno !== ENOTCONN) throw new SyscallError('PCIEM_DMA', errno);
  for (let i = from; i < to; i++) {
    const op = ops[i] as DmaOp;
    op.status = DmaStatus.GONE;
    op.done = 0;
  }
  return to - from;
}
