import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { forceUnitAccess, type IoHandler, stageFromHost, transferRange } from './io-command.ts';

/** Write (NVMe 1.4 §6.15). */
export const write: IoHandler = {
  prepare: transferRange,

  start(_core: Core, command: Command, transfers: Transfers): undefined {
    const { memory } = command.namespace.store;
    if (memory) transfers.addDirect(command, memory, false);
    else stageFromHost(command, transfers);
  },

  finish(core: Core, command: Command): undefined {
    const { store } = command.namespace;
    try {
      if (command.staged) store.write(command.offset, command.staged);
      if (core.writeThrough || forceUnitAccess(command)) store.flush();
    } catch (error) {
      return core.mediaError(command, Status.WriteFault, error);
    }
    core.health.hostWrites++;
    core.health.unitsWritten += command.length >>> 9;
  },
};
