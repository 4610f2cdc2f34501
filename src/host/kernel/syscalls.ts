import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/**
 * The few system calls that Node has no function for. Addresses are numbers: those of user space stay below 2^47.
 * All calls are synchronous and short; none may block for long, as a thread in a native call cannot be stopped.
 */

// The symbols of the process itself: the C library's name differs between systems.
const libc = koffi.load(null);
const ioctlFunction = libc.func('ioctl', 'int', ['int', 'ulong', 'intptr']) as (
  fd: number,
  request: number,
  argument: number,
) => number;
const mmapFunction = libc.func('mmap', 'void *', ['intptr', 'size_t', 'int', 'int', 'int', 'int64']) as (
  ...args: number[]
) => bigint | null;
const munmapFunction = libc.func('munmap', 'int', ['intptr', 'size_t']) as (address: number, length: number) => number;

const pollFunction = libc.func('poll', 'int', ['intptr', 'ulong', 'int']) as (
  files: number,
  count: number,
  timeout: number,
) => number;

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** A system call failed. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  /** Such as `EINVAL`. */
  readonly code: string;
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call}: ${getSystemErrorMessage(-errno)} (${getSystemErrorName(-errno)})`);
    this.errno = errno;
    this.code = getSystemErrorName(-errno);
  }
}

/** An ioctl; returns its result, or the errno as a negative number. */
export function tryIoctl(fd: number, request: number, argument = 0): number {
  const result = ioctlFunction(fd, request, argument);
  return result === -1 ? -koffi.errno() : result;
}

/** An ioctl; throws a SyscallError that names it if it fails. */
export function ioctl(fd: number, request: number, name: string, argument = 0): number {
  const result = tryIoctl(fd, request, argument);
  if (result < 0) throw new SyscallError(name, -result);
  return result;
}

/** poll(2) of files: `files` is the address of their structs. True when one is ready within `milliseconds`. */
export function tryPoll(files: number, count: number, milliseconds: number): boolean {
  return pollFunction(files, count, milliseconds) > 0;
}

/** Memory of the kernel that is visible here. */
export interface Mapping {
  readonly address: number;
  readonly length: number;
}

/** Maps `length` bytes of a file, shared, for reading and writing. */
export function mmap(fd: number, offset: number, length: number, what: string): Mapping {
  const address = mmapFunction(0, length, PROT_READ_WRITE, MAP_SHARED, fd, offset);
  if (address === null || address === MAP_FAILED) throw new SyscallError(`mmap of ${what}`, koffi.errno());
  return { address: Number(address), length };
}

/** Ends a mapping. Nothing that can reach a view of it may be left: it would crash the process. */
export function munmap({ address, length }: Mapping): void {
  if (munmapFunction(address, length) !== 0) throw new SyscallError('munmap', koffi.errno());
}

/** The memory of a mapping. */
export function viewOf({ address, length }: Mapping): ArrayBuffer {
  return koffi.view(BigInt(address), length);
}

/** Address of a buffer. Node keeps all array buffers outside of the moving heap, so it stays as long as the buffer. */
export function addressOf(buffer: ArrayBufferLike): number {
  return Number(koffi.address(buffer));
}
