import { EventType } from '../async-events.ts';
import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { effectsLog } from '../data/effects-log.ts';
import { firmwareLog } from '../data/firmware-log.ts';
import { LogPage } from '../data/log-page-ids.ts';
import { smartLog } from '../data/smart-log.ts';
import { ALL_NAMESPACES, MAX_TRANSFER } from '../limits.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { sendToHost } from './admin-command.ts';

/** Retain Asynchronous Event, bit 15 of dword 10. */
const RAE = 1 << 15;

/** Get Log Page (NVMe 1.4 §5.14). */
export function getLogPage(core: Core, command: Command, transfers: Transfers): undefined {
  const id = command.dword(10) & 0xff;
  const page = logPage(core, id);
  if (!page) return command.fail(Status.InvalidLogPage, 10);
  // No log page is per namespace (Identify LPA bit 0 is 0).
  if (command.nsid !== 0 && command.nsid !== ALL_NAMESPACES) return command.fail(Status.InvalidField, 1);
  const dwords = (command.dword(10) >>> 16) + (command.dword(11) & 0xffff) * 0x1_0000 + 1;
  if (dwords * 4 > MAX_TRANSFER) return command.fail(Status.InvalidField, 10, 16);
  const offset = command.qword(12);
  if (command.dword(12) & 3 || offset > page.length) return command.fail(Status.InvalidField, 12);

  const data = new Uint8Array(dwords * 4);
  data.set(page.subarray(offset, offset + data.length));
  if (sendToHost(core, command, transfers, data) && (command.dword(10) & RAE) === 0) clearEvents(core, id);
}

function logPage(core: Core, id: number): Uint8Array | undefined {
  switch (id) {
    case LogPage.Error:
      return core.errors.page();
    case LogPage.Health:
      return smartLog(core.health, core.errors.count);
    case LogPage.FirmwareSlot:
      return firmwareLog(core.identity.firmware);
    case LogPage.CommandsSupported:
      return effectsLog({ doorbellBuffer: core.takesDoorbellBuffer });
    default:
      return undefined;
  }
}

/** Reading the page that an event points to enables the next event of its type (§5.2). */
function clearEvents(core: Core, id: number): void {
  if (id === LogPage.Error) core.events.clear(EventType.Error);
  if (id === LogPage.Health) core.events.clear(EventType.Health);
}
