import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';

/** Carries out one admin command: sets its status and result. */
export type AdminHandler = (core: Core, command: Command, transfers: Transfers) => undefined;

/** Sends the data of a command to the host. False if that failed; the status is set then. */
export function sendToHost(core: Core, command: Command, transfers: Transfers, data: Uint8Array): boolean {
  return move(core, command, transfers, data, true);
}

/** Fetches the data of a command from the host. False if that failed; the status is set then. */
export function fetchFromHost(core: Core, command: Command, transfers: Transfers, data: Uint8Array): boolean {
  return move(core, command, transfers, data, false);
}

function move(core: Core, command: Command, transfers: Transfers, data: Uint8Array, toHost: boolean): boolean {
  command.status = command.pointer.begin(command, data.length, core.pageSize);
  transfers.resolve([command], 0, 1);
  if (command.status !== Status.Success) return false;
  transfers.add(command, data, toHost);
  transfers.run();
  return command.status === Status.Success;
}
