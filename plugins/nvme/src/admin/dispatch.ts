import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Admin } from '../opcodes.ts';
import { Status } from '../status.ts';
import type { Transfers } from '../transfers.ts';
import { abort } from './abort.ts';
import type { AdminHandler } from './admin-command.ts';
import { asyncEventRequest } from './async-event-request.ts';
import { doorbellBufferConfig } from './doorbell-buffer-config.ts';
import { getFeatures, setFeatures } from './features.ts';
import { formatNvm } from './format.ts';
import { identify } from './identify.ts';
import { getLogPage } from './log-pages.ts';
import {
  createCompletionQueue,
  createSubmissionQueue,
  deleteCompletionQueue,
  deleteSubmissionQueue,
} from './queue-management.ts';

const HANDLERS: Record<number, AdminHandler | undefined> = {
  [Admin.DeleteSubmissionQueue]: deleteSubmissionQueue,
  [Admin.CreateSubmissionQueue]: createSubmissionQueue,
  [Admin.GetLogPage]: getLogPage,
  [Admin.DeleteCompletionQueue]: deleteCompletionQueue,
  [Admin.CreateCompletionQueue]: createCompletionQueue,
  [Admin.Identify]: identify,
  [Admin.Abort]: abort,
  [Admin.SetFeatures]: setFeatures,
  [Admin.GetFeatures]: getFeatures,
  [Admin.AsyncEventRequest]: asyncEventRequest,
  [Admin.DoorbellBufferConfig]: doorbellBufferConfig,
  [Admin.FormatNvm]: formatNvm,
};

/** Carries out a command of the admin queue (NVMe 1.4 §5). */
export function executeAdmin(core: Core, command: Command, transfers: Transfers): void {
  const handler = HANDLERS[command.opcode];
  if (!handler) command.fail(Status.InvalidOpcode, 0);
  else if (command.fusedOrSgl) command.fail(Status.InvalidField, 0, 8);
  else handler(core, command, transfers);
}
