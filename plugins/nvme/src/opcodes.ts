/** Opcodes of admin commands (NVMe 1.4 §5). */
export const Admin = {
  DeleteSubmissionQueue: 0x00,
  CreateSubmissionQueue: 0x01,
  GetLogPage: 0x02,
  DeleteCompletionQueue: 0x04,
  CreateCompletionQueue: 0x05,
  Identify: 0x06,
  Abort: 0x08,
  SetFeatures: 0x09,
  GetFeatures: 0x0a,
  AsyncEventRequest: 0x0c,
  DoorbellBufferConfig: 0x7c,
  FormatNvm: 0x80,
} as const;

/** Opcodes of I/O commands (§6). */
export const Io = {
  Flush: 0x00,
  Write: 0x01,
  Read: 0x02,
  Compare: 0x05,
  WriteZeroes: 0x08,
  DatasetManagement: 0x09,
} as const;
