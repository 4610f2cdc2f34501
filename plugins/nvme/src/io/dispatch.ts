import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { ALL_NAMESPACES } from '../limits.ts';
import { Io } from '../opcodes.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { compare } from './compare.ts';
import { datasetManagement } from './dataset-management.ts';
import { flush } from './flush.ts';
import type { IoHandler } from './io-command.ts';
import { read } from './read.ts';
import { write } from './write.ts';
import { writeZeroes } from './write-zeroes.ts';

const HANDLERS: (IoHandler | undefined)[] = new Array(256).fill(undefined);
HANDLERS[Io.Flush] = flush;
HANDLERS[Io.Write] = write;
HANDLERS[Io.Read] = read;
HANDLERS[Io.Compare] = compare;
HANDLERS[Io.WriteZeroes] = writeZeroes;
HANDLERS[Io.DatasetManagement] = datasetManagement;

const handlerOf = (command: Command) => HANDLERS[command.opcode] as IoHandler;

/** Carries out the I/O commands `from` to `to` (NVMe 1.4 §6), moving their data together. */
export function executeIo(
  core: Core,
  commands: readonly Command[],
  from: number,
  to: number,
  transfers: Transfers,
): void {
  for (let i = from; i < to; i++) prepare(core, commands[i] as Command);
  transfers.resolve(commands, from, to);
  let first = from;
  for (let i = from; i < to; i++) {
    const command = commands[i] as Command;
    if (command.status !== Status.Success || command.length === 0) continue;
    if (!transfers.fits(command.length)) {
      finish(core, commands, first, i, transfers);
      first = i;
    }
    handlerOf(command).start?.(core, command, transfers);
  }
  finish(core, commands, first, to, transfers);
}

function prepare(core: Core, command: Command): undefined {
  // Its queue was deleted in this very batch: no completion will follow.
  if (!command.queue.live) return command.fail(Status.AbortRequested);
  const handler = HANDLERS[command.opcode];
  if (handler === undefined) return command.fail(Status.InvalidOpcode, 0);
  if (command.fusedOrSgl) return command.fail(Status.InvalidField, 0, 8);
  // Flush alone takes the identifier that means all namespaces (Identify VWC).
  const all = command.nsid === ALL_NAMESPACES && command.opcode === Io.Flush;
  const namespace = core.namespace(all ? 1 : command.nsid);
  if (namespace === undefined) return command.fail(Status.InvalidNamespace, 1);
  command.namespace = namespace;
  handler.prepare(core, command);
}

function finish(core: Core, commands: readonly Command[], from: number, to: number, transfers: Transfers): void {
  transfers.run();
  for (let i = from; i < to; i++) {
    const command = commands[i] as Command;
    if (command.status === Status.Success) handlerOf(command).finish?.(core, command);
  }
}
