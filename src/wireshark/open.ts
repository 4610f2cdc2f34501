import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure, UsageFailure } from '../errors.ts';
import type { WiresharkInstallation } from './installation.ts';
import { dissectorScript } from './payload.ts';
import { PROFILE } from './profile.ts';
import { readReceipt } from './receipt.ts';

/** Arguments with which Wireshark shows a capture: by what is installed, or else by the dissector of this package. */
export async function viewerArguments(wireshark: WiresharkInstallation, file: string): Promise<string[]> {
  const isInstalled = Object.keys(await readReceipt(wireshark.configuration)).length > 0;
  return [...(isInstalled ? ['-C', PROFILE] : ['-X', `lua_script:${dissectorScript}`]), '-r', resolve(file)];
}

/** Starts Wireshark with a capture, and does not wait for its end. */
export async function openInWireshark(wireshark: WiresharkInstallation, file: string): Promise<void> {
  await access(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageFailure(`${file} cannot be read: ${error.message}`);
  });
  const args = await viewerArguments(wireshark, file);
  const child = spawn('wireshark', args, { detached: true, stdio: 'ignore' });
  try {
    await once(child, 'spawn');
  } catch {
    throw new Failure('There is no wireshark, only tshark', [
      'Install it: sudo apt install wireshark (Debian, Ubuntu), sudo dnf install wireshark (Fedora)',
      `Or look at the capture in the terminal: tshark ${args.join(' ')}`,
    ]);
  }
  child.unref();
}
