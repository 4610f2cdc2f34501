import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Select } from '../features.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { fetchFromHost, sendToHost } from './admin-command.ts';

/** Enable Extended Host Identifier, bit 0 of dword 11: 16 bytes instead of 8. */
function length(command: Command): number {
  return (command.dword(11) & 1) === 1 ? 16 : 8;
}

/** Set Features, Host Identifier (NVMe 1.4 §5.21.1.26): set once until the next reset. */
export function setHostIdentifier(core: Core, command: Command, transfers: Transfers): undefined {
  const data = new Uint8Array(length(command));
  if (!fetchFromHost(core, command, transfers, data)) return;
  if (core.hostIdentifier.some((byte) => byte !== 0)) return command.fail(Status.CommandSequenceError);
  core.hostIdentifier.fill(0);
  core.hostIdentifier.set(data);
}

/** Get Features, Host Identifier. */
export function getHostIdentifier(core: Core, command: Command, transfers: Transfers, select: number): undefined {
  const identifier = select === Select.Current ? core.hostIdentifier : new Uint8Array(16);
  sendToHost(core, command, transfers, identifier.slice(0, length(command)));
}
