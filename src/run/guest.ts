import { readFile } from 'node:fs/promises';
import { Failure } from '../errors.ts';
import { renderFailure } from '../render/text.ts';
import type { RunRequest } from './request.ts';

/**
 * `pciem run` inside the virtual machine: the request is in a file, as the command line has been parsed outside already.
 * Not to load the parser again saves seconds where the CPU is emulated.
 */
export async function runInGuest(requestFile: string): Promise<void> {
  try {
    const request = JSON.parse(await readFile(requestFile, 'utf8')) as RunRequest;
    process.exitCode = await run(request);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(renderFailure(error));
    process.exitCode = error.oclif.exit;
  }
}

async function run(request: RunRequest): Promise<number> {
  if (request.proxy) {
    const { runProxyOnThisMachine } = await import('../proxy/run-proxy.ts');
    return runProxyOnThisMachine(request, request.proxy);
  }
  const { runOnThisMachine } = await import('./on-this-machine.ts');
  return runOnThisMachine(request);
}
