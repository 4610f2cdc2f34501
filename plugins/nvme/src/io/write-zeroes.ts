import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';
import { blockRange, forceUnitAccess, type IoHandler } from './io-command.ts';

/**
 * Write Zeroes (NVMe 1.4 §6.17). Deallocate (DEAC) makes no difference: zeroed blocks free their
 * space anyway, and deallocated ones read zero.
 */
export const writeZeroes: IoHandler = {
  prepare(core: Core, command: Command): undefined {
    const bytes = blockRange(command);
    if (bytes === 0) return;
    const { store } = command.namespace;
    try {
      store.zero(command.offset, bytes);
      if (core.writeThrough || forceUnitAccess(command)) store.flush();
    } catch (error) {
      core.mediaError(command, Status.WriteFault, error);
    }
  },
};
