import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { MAX_TRANSFER } from '../limits.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';

/**
 * An I/O command is carried out in three steps, each for a whole batch: `prepare` checks the fields
 * and says how many bytes move (`command.length`); `start` puts them on their way; `finish` follows
 * when they have moved. A command that failed takes no further step.
 */
export interface IoHandler {
  prepare(core: Core, command: Command): undefined;
  start?(core: Core, command: Command, transfers: Transfers): undefined;
  finish?(core: Core, command: Command): undefined;
}

/** Force Unit Access, bit 30 of dword 12. */
const FUA = 0x4000_0000;

export function forceUnitAccess(command: Command): boolean {
  return (command.dword(12) & FUA) !== 0;
}

/**
 * Checks SLBA and NLB (dwords 10 to 12) against the namespace and sets the offset; returns the bytes
 * that they mean, 0 if they are out of range.
 */
export function blockRange(command: Command): number {
  const { namespace } = command;
  const first = command.qword(10);
  const count = (command.dword(12) & 0xffff) + 1;
  const blockSize = 1 << namespace.lbaShift;
  command.lba = first;
  if (first + count > namespace.blocks) {
    command.fail(Status.LbaOutOfRange, 10);
    return 0;
  }
  command.offset = first * blockSize;
  return count * blockSize;
}

/** The same for commands that move their blocks over the bus, which MDTS limits (NVMe 1.4 §5.15.2.2). */
export function transferRange(core: Core, command: Command): undefined {
  const length = blockRange(command);
  if (length > MAX_TRANSFER) command.fail(Status.InvalidField, 12);
  else if (length > 0) moveBytes(core, command, length);
}

/** Says that `length` bytes move between the host's memory and the command. */
export function moveBytes(core: Core, command: Command, length: number): void {
  command.length = length;
  command.status = command.pointer.begin(command, length, core.pageSize);
}

/** Fetches the bytes into the controller's buffer. */
export function stageFromHost(command: Command, transfers: Transfers): void {
  command.staged = transfers.stage(command.length);
  transfers.add(command, command.staged, false);
}
