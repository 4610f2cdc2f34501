import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { DoorbellBuffer } from '../doorbell-buffer.ts';
import { MAX_HIGH } from '../limits.ts';
import { Status } from '../status.ts';

/** Doorbell Buffer Config (NVMe 1.4 §5.7): PRP1 is the shadow doorbell buffer, PRP2 the EventIdx buffer, a page each. */
export function doorbellBufferConfig(core: Core, command: Command): undefined {
  if (!core.takesDoorbellBuffer) return command.fail(Status.InvalidOpcode, 0);
  for (const dword of [6, 8]) {
    const aligned = (command.dword(dword) & (core.pageSize - 1)) === 0;
    if (!aligned || command.qword(dword) === 0) return command.fail(Status.InvalidField, dword);
    if (command.dword(dword + 1) >= MAX_HIGH) return command.fail(Status.InvalidField, dword + 1);
  }
  core.doorbellBuffer = new DoorbellBuffer(core, command.qword(6), command.qword(8));
}
