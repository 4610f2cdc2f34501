import { Admin, Io } from '../opcodes.ts';

/** Bits of an entry (NVMe 1.4 §5.14.1.5). */
const SUPPORTED = 1 << 0;
/** Logical Block Content Change. */
const CONTENT = 1 << 1;
/** Namespace Capability Change. */
const NAMESPACE = 1 << 2;
/** No other command to the namespace may be outstanding. */
const EXCLUSIVE = 1 << 16;

const ENTRIES_OF_IO = 256;

/** Commands Supported and Effects log page, 05h. */
export function effectsLog({ doorbellBuffer }: { doorbellBuffer: boolean }): Uint8Array {
  const page = new Uint8Array(4096);
  const entries = new Uint32Array(page.buffer);
  for (const opcode of Object.values(Admin)) entries[opcode] = SUPPORTED;
  if (!doorbellBuffer) entries[Admin.DoorbellBufferConfig] = 0;
  entries[Admin.FormatNvm] = SUPPORTED | CONTENT | NAMESPACE | EXCLUSIVE;
  for (const opcode of Object.values(Io)) entries[ENTRIES_OF_IO + opcode] = SUPPORTED;
  for (const opcode of [Io.Write, Io.WriteZeroes, Io.DatasetManagement]) {
    entries[ENTRIES_OF_IO + opcode] = SUPPORTED | CONTENT;
  }
  return page;
}
