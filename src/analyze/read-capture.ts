import { stat } from 'node:fs/promises';
import { type Analysis, type ScanResult, scan } from '@pciem/capture';
import { Failure, UsageFailure } from '../errors.ts';
import { ScanProgress } from './scan-progress.ts';

/** Says before a file is read that it cannot be. */
export async function checkReadable(file: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw new UsageFailure(`${file}: ${found.code === 'ENOENT' ? 'there is no such file' : found.message}`);
  }
  if (found.isDirectory()) throw new UsageFailure(`${file}: it is a directory; give the name of a capture file`);
}

/** Shows a capture to analyses, with progress on a terminal. Fails if it is no capture of pciem. */
export async function readCapture(
  file: string,
  analyses: readonly Analysis[],
  until?: () => boolean,
): Promise<ScanResult> {
  await checkReadable(file);
  const progress = new ScanProgress(`reading ${file}`);
  try {
    const result = await scan(file, analyses, {
      progress: (read, total) => progress.show(read, total),
      ...(until ? { until } : {}),
    });
    checkContents(file, result);
    return result;
  } finally {
    progress.clear();
  }
}

/** Fails if what was read is no capture of pciem. */
export function checkContents(file: string, { blocks, packets, foreign }: ScanResult): void {
  if (blocks === 0) {
    throw new Failure(`${file}: not a pcapng file`, ['pciem run DEVICE --capture FILE makes one']);
  }
  if (packets > 0 && foreign === packets) {
    throw new Failure(`${file}: none of its ${packets} packets is from pciem`, [
      'its format is described in docs/capture-format.md',
    ]);
  }
}
