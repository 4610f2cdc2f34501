import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { MAX_TRANSFER } from '../limits.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { type IoHandler, stageFromHost, transferRange } from './io-command.ts';

const medium = Buffer.alloc(MAX_TRANSFER);

/** Compare (NVMe 1.4 §6.6): counts as a read of the host. */
export const compare: IoHandler = {
  prepare: transferRange,

  start(_core: Core, command: Command, transfers: Transfers): undefined {
    stageFromHost(command, transfers);
  },

  finish(core: Core, command: Command): undefined {
    const stored = medium.subarray(0, command.length);
    try {
      command.namespace.store.read(command.offset, stored);
    } catch (error) {
      return core.mediaError(command, Status.UnrecoveredReadError, error);
    }
    core.health.hostReads++;
    core.health.unitsRead += command.length >>> 9;
    if (!stored.equals(command.staged as Uint8Array)) command.fail(Status.CompareFailure);
  },
};
