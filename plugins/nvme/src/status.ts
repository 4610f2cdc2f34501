/**
 * Status codes, as SCT << 8 | SC (NVMe 1.4 §4.6.1).
 * Success is 0, so a status is also "has failed".
 */
export const Status = {
  Success: 0x000,
  InvalidOpcode: 0x001,
  InvalidField: 0x002,
  DataTransferError: 0x004,
  InternalError: 0x006,
  AbortRequested: 0x007,
  InvalidNamespace: 0x00b,
  CommandSequenceError: 0x00c,
  PrpOffsetInvalid: 0x013,
  LbaOutOfRange: 0x080,
  CapacityExceeded: 0x081,
  CompletionQueueInvalid: 0x100,
  InvalidQueueIdentifier: 0x101,
  InvalidQueueSize: 0x102,
  AsyncEventLimitExceeded: 0x105,
  InvalidInterruptVector: 0x108,
  InvalidLogPage: 0x109,
  InvalidFormat: 0x10a,
  InvalidQueueDeletion: 0x10c,
  FeatureNotSaveable: 0x10d,
  FeatureNotNamespaceSpecific: 0x10f,
  WriteFault: 0x280,
  UnrecoveredReadError: 0x281,
  CompareFailure: 0x285,
} as const;

/** More: the error log has an entry about this command (bit 14 of the status field, §4.6.1). */
const MORE = 1 << 14;
/** Do Not Retry: the same command would fail again (bit 15 of the status field). */
const DO_NOT_RETRY = 1 << 15;

/** Failures that may pass: the host may retry, so DNR stays clear. */
function mayPass(status: number): boolean {
  return (
    status === Status.DataTransferError ||
    status === Status.InternalError ||
    status === Status.AbortRequested ||
    status === Status.CapacityExceeded ||
    status === Status.WriteFault ||
    status === Status.UnrecoveredReadError
  );
}

/**
 * The 16 upper bits of dword 3 of a completion, without the phase tag: bits 15:1 hold the status
 * field (SC in 8:1, SCT in 11:9, More in 14, DNR in 15). `logged`: the error log has an entry.
 */
export function statusField(status: number, logged: boolean): number {
  if (status === Status.Success) return 0;
  return (status << 1) | (logged ? MORE : 0) | (mayPass(status) ? 0 : DO_NOT_RETRY);
}
