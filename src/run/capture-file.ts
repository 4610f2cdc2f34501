import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageFailure } from '../errors.ts';
import { STDOUT } from '../host/kernel/capture-settings.ts';

/** Says before anything is plugged that a capture file could not be written. */
export async function checkCaptureFile(file: string, option = '--capture'): Promise<void> {
  const path = resolve(file);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new UsageFailure(`${option} ${file}: it is a directory; give the name of a file`);
  const target = existing === undefined ? dirname(path) : path;
  try {
    await access(target, constants.W_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'is not writable for you';
    throw new UsageFailure(`${option} ${file}: ${target} ${reason}`);
  }
}

/** The path that a capture is written to: `-` is standard output. Throws a UsageFailure if that cannot be. */
export async function captureTarget(file: string, option: string): Promise<string> {
  if (file !== '-') {
    await checkCaptureFile(file, option);
    return file;
  }
  if (process.stdout.isTTY) {
    throw new UsageFailure(`${option} -: standard output is a terminal; give a file or a pipe`);
  }
  return STDOUT;
}
