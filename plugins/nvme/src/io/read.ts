import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { type IoHandler, transferRange } from './io-command.ts';

/** Read (NVMe 1.4 §6.9). */
export const read: IoHandler = {
  prepare: transferRange,

  start(core: Core, command: Command, transfers: Transfers): undefined {
    const { store } = command.namespace;
    if (store.memory) {
      transfers.addDirect(command, store.memory, true);
      return;
    }
    command.staged = transfers.stage(command.length);
    try {
      store.read(command.offset, command.staged);
    } catch (error) {
      return core.mediaError(command, Status.UnrecoveredReadError, error);
    }
    transfers.add(command, command.staged, true);
  },

  finish(core: Core, command: Command): undefined {
    core.health.hostReads++;
    core.health.unitsRead += command.length >>> 9;
  },
};
