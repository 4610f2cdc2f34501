import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageFailure } from '../errors.ts';
import { kernelFromOption } from '../kernels/index.ts';
import { buildModule } from '../kmod/build.ts';
import { consoleLogOf, runInVm } from '../vm/index.ts';
import { defaultKernel, isInteractive, type VmRequest } from './in-vm.ts';

export interface ShellRequest extends VmRequest {
  /** Empty: the user's shell. */
  command: readonly string[];
  /** Appended to the kernel's command line. */
  append: string | undefined;
}

/** Runs a command in a throw-away machine with the module loaded and no device. Returns its exit status. */
export async function shellInVm({ command, append, kernel: option, memory, cpus }: ShellRequest): Promise<number> {
  if (command.length === 0 && !isInteractive()) {
    throw new UsageFailure('A shell needs a terminal, and there is none', ['Give a command: pciem vm -- COMMAND']);
  }
  const kernel = option === undefined ? await defaultKernel() : kernelFromOption(option);
  const module = await buildModule(kernel, progress);
  const share = await mkdtemp(join(tmpdir(), 'pciem-vm-'));
  let keepsShare = false;
  try {
    const result = await runInVm({
      kernel,
      module,
      command: command.length === 0 ? [shell()] : command,
      cwd: process.cwd(),
      memory: memory ?? 2048,
      cpus: cpus ?? 2,
      share,
      signals: process,
      ...(append !== undefined && { kernelArguments: append }),
      ...(isInteractive() && { terminal: { input: process.stdin, output: process.stdout } }),
      progress,
      onOutput: (stream, chunk) => process[stream].write(chunk),
    });
    for (const { excerpt } of result.splats) progress(`the kernel complained:\n${excerpt}`);
    keepsShare = result.splats.length > 0;
    return result.status === 0 && result.splats.length > 0 ? 1 : result.status;
  } catch (error) {
    keepsShare = existsSync(consoleLogOf(share));
    throw error;
  } finally {
    if (!keepsShare) await rm(share, { recursive: true, force: true });
  }
}

function shell(): string {
  const { SHELL } = process.env;
  return SHELL !== undefined && existsSync(SHELL) ? SHELL : '/bin/sh';
}

function progress(line: string): void {
  process.stderr.write(`pciem: ${line}\n`);
}
