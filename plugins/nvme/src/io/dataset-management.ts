import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { type IoHandler, moveBytes, stageFromHost } from './io-command.ts';

/** Attribute Deallocate, bit 2 of dword 11; the others are hints about the way of access. */
const DEALLOCATE = 1 << 2;
/** Bytes of a range: context attributes, length in blocks, starting LBA (§6.7.1). */
const RANGE_SIZE = 16;

/** Dataset Management (NVMe 1.4 §6.7). */
export const datasetManagement: IoHandler = {
  prepare(core: Core, command: Command): undefined {
    const ranges = (command.dword(10) & 0xff) + 1;
    moveBytes(core, command, ranges * RANGE_SIZE);
  },

  start(_core: Core, command: Command, transfers: Transfers): undefined {
    stageFromHost(command, transfers);
  },

  /** No range is deallocated unless all are inside the namespace. */
  finish(core: Core, command: Command): undefined {
    const { store, blocks, lbaShift } = command.namespace;
    const list = command.staged as Uint8Array;
    const view = new DataView(list.buffer, list.byteOffset, list.length);
    for (let at = 0; at < list.length; at += RANGE_SIZE) {
      if (firstBlock(view, at) + view.getUint32(at + 4, true) <= blocks) continue;
      command.lba = firstBlock(view, at);
      return command.fail(Status.LbaOutOfRange);
    }
    if ((command.dword(11) & DEALLOCATE) === 0) return;
    const blockSize = 1 << lbaShift;
    try {
      for (let at = 0; at < list.length; at += RANGE_SIZE) {
        store.zero(firstBlock(view, at) * blockSize, view.getUint32(at + 4, true) * blockSize);
      }
    } catch (error) {
      core.mediaError(command, Status.WriteFault, error);
    }
  },
};

function firstBlock(view: DataView, at: number): number {
  return view.getUint32(at + 12, true) * 0x1_0000_0000 + view.getUint32(at + 8, true);
}
