/** A file, directory or link of a cpio archive. */
export interface CpioEntry {
  /** Without a leading slash. */
  path: string;
  /** As in stat(2): type and permissions. */
  mode: number;
  /** Contents of a file, target of a symbolic link. */
  data?: Uint8Array;
}

export const directoryMode = 0o040755;
export const executableMode = 0o100755;
export const symlinkMode = 0o120777;

const trailer: CpioEntry = { path: 'TRAILER!!!', mode: 0 };

/**
 * An archive in the format that the kernel unpacks as initramfs: "newc" (Documentation/driver-api/early-userspace/
 * buffer-format.rst). Directories must come before what is in them.
 */
export function createCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = [...entries, trailer].flatMap((entry, index) => encode(entry, index + 1));
  return Buffer.concat(parts);
}

function encode(entry: CpioEntry, inode: number): Buffer[] {
  const name = Buffer.from(`${entry.path}\0`);
  const data = Buffer.from(entry.data ?? []);
  const links = 1;
  const fields = [inode, entry.mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [padded(Buffer.concat([header, name])), padded(data)];
}

/** Header with name, and data, each end on a multiple of 4. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
