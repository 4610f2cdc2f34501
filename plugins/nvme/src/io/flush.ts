import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';
import type { IoHandler } from './io-command.ts';

/** Flush (NVMe 1.4 §6.8): after the writes of its batch, so that it covers them too. */
export const flush: IoHandler = {
  prepare(): undefined {},
  finish: flushAll,
};

/** What was written survives a power loss afterwards; that of all namespaces, whichever the command names. */
export function flushAll(core: Core, command: Command): undefined {
  try {
    for (const namespace of core.namespaces) namespace.store.flush();
  } catch (error) {
    core.mediaError(command, Status.WriteFault, error);
  }
}
