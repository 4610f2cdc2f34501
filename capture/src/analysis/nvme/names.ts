// Names of the NVM Express Base and NVM Command Set specifications.

const ADMIN: Readonly<Record<number, string>> = {
  0: 'Delete I/O SQ',
  1: 'Create I/O SQ',
  2: 'Get Log Page',
  4: 'Delete I/O CQ',
  5: 'Create I/O CQ',
  6: 'Identify',
  8: 'Abort',
  9: 'Set Features',
  10: 'Get Features',
  12: 'Async Event Request',
  13: 'Namespace Management',
  16: 'Firmware Commit',
  17: 'Firmware Image Download',
  20: 'Device Self-test',
  21: 'Namespace Attachment',
  24: 'Keep Alive',
  25: 'Directive Send',
  26: 'Directive Receive',
  28: 'Virtualization Management',
  29: 'NVMe-MI Send',
  30: 'NVMe-MI Receive',
  124: 'Doorbell Buffer Config',
  128: 'Format NVM',
  129: 'Security Send',
  130: 'Security Receive',
  132: 'Sanitize',
};

const IO: Readonly<Record<number, string>> = {
  0: 'Flush',
  1: 'Write',
  2: 'Read',
  4: 'Write Uncorrectable',
  5: 'Compare',
  8: 'Write Zeroes',
  9: 'Dataset Management',
  12: 'Verify',
  13: 'Reservation Register',
  14: 'Reservation Report',
  17: 'Reservation Acquire',
  21: 'Reservation Release',
  25: 'Copy',
};

const GENERIC_STATUS: Readonly<Record<number, string>> = {
  1: 'Invalid Command Opcode',
  2: 'Invalid Field in Command',
  3: 'Command ID Conflict',
  4: 'Data Transfer Error',
  5: 'Aborted due to Power Loss',
  6: 'Internal Error',
  7: 'Abort Requested',
  8: 'Aborted due to SQ Deletion',
  11: 'Invalid Namespace or Format',
  12: 'Command Sequence Error',
  19: 'PRP Offset Invalid',
  128: 'LBA Out of Range',
  129: 'Capacity Exceeded',
  130: 'Namespace Not Ready',
};

const COMMAND_STATUS: Readonly<Record<number, string>> = {
  0: 'Completion Queue Invalid',
  1: 'Invalid Queue Identifier',
  2: 'Invalid Queue Size',
  3: 'Abort Command Limit Exceeded',
  5: 'Async Event Request Limit Exceeded',
  8: 'Invalid Interrupt Vector',
  9: 'Invalid Log Page',
  10: 'Invalid Format',
  12: 'Invalid Queue Deletion',
  13: 'Feature Identifier Not Saveable',
  14: 'Feature Not Changeable',
  128: 'Conflicting Attributes',
  130: 'Attempted Write to Read Only Range',
};

const MEDIA_STATUS: Readonly<Record<number, string>> = {
  128: 'Write Fault',
  129: 'Unrecovered Read Error',
  133: 'Compare Failure',
  134: 'Access Denied',
  135: 'Deallocated or Unwritten Logical Block',
};

const STATUS_TYPES = [GENERIC_STATUS, COMMAND_STATUS, MEDIA_STATUS] as const;

export function opcodeName(admin: boolean, opcode: number): string {
  const name = (admin ? ADMIN : IO)[opcode];
  return name ?? `${opcode >= 0xc0 || (!admin && opcode >= 0x80) ? 'Vendor' : 'Opcode'} 0x${hex(opcode)}`;
}

/** Name of a status: bits 8 to 10 its type, bits 0 to 7 its code. */
export function statusName(status: number): string {
  if ((status & 0x7ff) === 0) return 'Success';
  const type = (status >> 8) & 7;
  return STATUS_TYPES[type]?.[status & 0xff] ?? `Status type ${type} code 0x${hex(status & 0xff)}`;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
