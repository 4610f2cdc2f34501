import { constants } from 'node:os';
import { uapi } from '@pciem/capture/uapi';
import { AtomicOp, type DmaAtomic, DmaStatus } from '@pciem/sdk';
import { IoctlArgument } from './argument.ts';
import { SyscallError, tryIoctl } from './syscalls.ts';

const { fields, size: ARGUMENT_BYTES } = uapi.structs.pciem_dma_atomic;
const { PCIEM_DMA_ATOMIC } = uapi.constants;
const WORDS = 4;
const { ENOTCONN, EOPNOTSUPP } = constants.errno;

const OPERAND = fields.operand.offset / 4;
const COMPARE = fields.compare.offset / 4;
const RESULT = fields.result.offset / 4;
const FUNCTION = fields.function.offset / 4;
/** Kind in the low half, size in the high half. */
const OP = fields.op.offset / 4;
const STATUS = fields.status.offset / 4;

/** AtomicOps, one ioctl each (uapi: PCIEM_DMA_ATOMIC). Allocates nothing for each. */
export class DmaAtomics {
  readonly #fd: number;
  readonly #argument = new IoctlArgument(ARGUMENT_BYTES);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Carries out an AtomicOp whose values have been checked; sets its status and result. */
  run(fn: number, atomic: DmaAtomic): void {
    const { words } = this.#argument;
    const { address, operand, compare, result } = atomic;
    this.#argument.setNumber(fields.address.offset, address);
    for (let i = 0; i < WORDS; i++) {
      words[OPERAND + i] = operand[i] as number;
      words[COMPARE + i] = atomic.op === AtomicOp.CAS ? (compare[i] as number) : 0;
    }
    words[FUNCTION] = fn;
    words[OP] = atomic.op | (atomic.size << 16);
    const errno = -tryIoctl(this.#fd, PCIEM_DMA_ATOMIC, this.#argument.address);
    for (let i = 0; i < WORDS; i++) result[i] = errno === 0 ? (words[RESULT + i] as number) : 0;
    if (errno === 0) atomic.status = words[STATUS] as number;
    // The processor has no 16-byte compare and swap.
    else if (errno === EOPNOTSUPP) atomic.status = DmaStatus.UNSUPPORTED;
    else if (errno === ENOTCONN) atomic.status = DmaStatus.GONE;
    else throw new SyscallError('PCIEM_DMA_ATOMIC', errno);
  }
}
