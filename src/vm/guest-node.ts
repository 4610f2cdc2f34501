import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../paths.ts';

/**
 * Command that runs a script in the guest. Node strips types with WebAssembly, and where V8 replaces the code of that by
 * better code while it runs, Node crashed in one of twenty emulated machines: SIGSEGV, or an abort in
 * ThreadIsolation::StartOfJitAllocationAt.
 */
export function guestNode(...args: string[]): string[] {
  // That of a checkout; an installation has the Node that it runs on.
  const node = join(packageRoot, 'node_modules/node/bin/node');
  return [existsSync(node) ? node : process.execPath, '--liftoff-only', ...args];
}
