import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { LogEntry } from './log/entry.ts';

/** A record of /dev/kmsg is at most so long. */
const RECORD_BYTES = 8192;
const LINES = 3;

/** Why no driver has bound, as far as the log and the kernel tell: lines for people. */
export function whyUnbound(address: string, last: LogEntry | undefined): string[] {
  const access =
    last && `the last access of the driver: ${last.kind} of ${last.name}${last.value ? ` = ${last.value}` : ''}`;
  const who = last?.caller === undefined ? '' : ` in ${last.caller}`;
  return [
    access === undefined ? 'no driver has accessed a BAR' : `${access}${who}`,
    ...kernelLines(address).map((line) => `the kernel says: ${line}`),
  ];
}

/** The latest lines of the kernel's log that name a PCI function and complain of something. */
function kernelLines(address: string): string[] {
  let fd: number;
  try {
    fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return [];
  }
  try {
    return linesOf(readRecords(fd), address);
  } finally {
    closeSync(fd);
  }
}

/**
 * Of records as /dev/kmsg has them (`priority,sequence,time,flags;text`), those of drivers since the function was found.
 * A driver may have a name of its own for it: `nvme nvme1: pci function 1f000:00:00.0`.
 */
export function linesOf(records: readonly string[], address: string): string[] {
  let lines: string[] = [];
  const names = new Set<string>();
  for (const record of records) {
    const text = record.slice(record.indexOf(';') + 1).split('\n')[0] as string;
    if (text.startsWith(`pci ${address}: [`)) {
      lines = [];
      names.clear();
    }
    const [, name = ''] = /^(\S+ \S+): /.exec(text) ?? [];
    if (name === `pci ${address}`) continue;
    if (text.includes(address)) names.add(name);
    if (names.has(name) && name !== '') lines.push(text);
  }
  return lines.slice(-LINES);
}

function readRecords(fd: number): string[] {
  const records: string[] = [];
  const buffer = Buffer.alloc(RECORD_BYTES);
  for (;;) {
    try {
      records.push(buffer.toString('utf8', 0, readSync(fd, buffer)));
    } catch (error) {
      // Records that were overwritten meanwhile are passed over; EAGAIN: there are no more.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return records;
    }
  }
}
