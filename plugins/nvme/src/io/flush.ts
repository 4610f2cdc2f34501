import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';
import type { IoHandler } from './io-command.ts';

/** Flush (NVMe 1.4 §6.8): after the writes of its batch, so that it covers them too. */
export const flush: IoHandler = {
  prepare(): undefined {},

  finish(core: Core, command: Command): undefined {
    try {
      for (const namespace of core.namespaces) namespace.store.flush();
    } catch (error) {
      core.mediaError(command, Status.WriteFault, error);
    }
  },
};
