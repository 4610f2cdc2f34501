import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { isRotating, STDOUT, splitRotated } from '../host/kernel/capture-settings.ts';
import { fetchDebianKernel, findKernels, type Kernel, kernelFromOption } from '../kernels/index.ts';
import { buildModule } from '../kmod/build.ts';
import { packageRoot } from '../paths.ts';
import { toJson } from '../plain-json.ts';
import { outputsOf, withOutputs } from '../proxy/outputs.ts';
import { consoleLogOf, guestNode, guestPipe, guestShare, runInVm } from '../vm/index.ts';
import { checkDevices } from './check-devices.ts';
import { sendChanges } from './mirror.ts';
import { deviceOutputs, withDeviceOutputs } from './outputs.ts';
import type { RunRequest } from './request.ts';

/** The virtual machine's own options. */
export interface VmRequest {
  kernel: string | undefined;
  /** MiB. */
  memory: number | undefined;
  cpus: number | undefined;
}

const captureName = 'capture.pcapng';
const changesName = 'changes';
const requestName = 'request.json';

/** Runs the same command line, without --vm, in a virtual machine. Returns the exit status. */
export async function runInThrowAwayVm(request: RunRequest, vm: VmRequest): Promise<number> {
  // A proxy's device may be none that can be loaded.
  const files = request.proxy ? [] : await checkDevices(request.devices);
  const kernel = vm.kernel === undefined ? await defaultKernel() : kernelFromOption(vm.kernel);
  const module = await buildModule(kernel, progress);
  const share = await mkdtemp(join(tmpdir(), 'pciem-run-'));
  let keepsShare = false;
  const stopSending = request.watch ? sendChanges(files, join(share, changesName)) : () => {};
  try {
    await writeFile(join(share, requestName), toJson(guestRequest(request)));
    const result = await runInVm({
      kernel,
      module,
      command: guestCommand(),
      cwd: process.cwd(),
      memory: vm.memory ?? 2048,
      cpus: vm.cpus ?? 2,
      share,
      ...(isPiped(request) && { pipe: pipeOf(request, share) }),
      signals: process,
      ...(isInteractive() && { terminal: { input: process.stdin, output: process.stdout } }),
      progress,
      onOutput: (stream, chunk) => process[stream].write(chunk),
    });
    for (const { excerpt } of result.splats)
      process.stderr.write(`pciem: the guest's kernel complained:\n${excerpt}\n`);
    keepsShare = result.splats.length > 0;
    return result.status === 0 && result.splats.length > 0 ? 1 : result.status;
  } catch (error) {
    keepsShare = existsSync(consoleLogOf(share));
    throw error;
  } finally {
    stopSending();
    // Also of a machine that crashed: the capture is readable up to that point.
    await takeCapture(request, share);
    for (const { name, file } of [...outputsOf(request), ...deviceOutputs(request.devices)]) {
      await moveFile(join(share, name), resolve(file));
    }
    if (!keepsShare) await rm(share, { recursive: true, force: true });
  }
}

export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

function guestCommand(): string[] {
  return guestNode(join(packageRoot, 'bin/guest.js'), join(guestShare, requestName));
}

/** What the guest is to do; its capture goes through the pipe, and changed files come from the share. */
function guestRequest(request: RunRequest): RunRequest {
  const { capture, proxy, watch } = request;
  const inShare = (name: string) => join(guestShare, name);
  return {
    ...request,
    devices: withDeviceOutputs(request.devices, inShare),
    ...(capture !== undefined && {
      capture: isPiped(request) ? guestPipe : inShare(basename(capture)),
      captureTitle: capture,
    }),
    ...(watch && { changes: inShare(changesName) }),
    ...(proxy && { proxy: withOutputs(proxy, inShare) }),
  };
}

/** The kernel that this machine runs, else another for which the module can be built, else Debian's. */
export async function defaultKernel(): Promise<Kernel> {
  const kernels = findKernels();
  return kernels.find((kernel) => kernel.build !== undefined) ?? kernels[0] ?? fetchDebianKernel('bookworm', progress);
}

function progress(line: string): void {
  process.stderr.write(`pciem: ${line}\n`);
}

/** A capture in several files is written into the share: there is one pipe. */
function isPiped({ capture, captureSettings = {} }: RunRequest): boolean {
  return capture !== undefined && !isRotating(captureSettings);
}

/** Standard output is written by QEMU itself, as the capture goes on. */
function pipeOf({ capture }: RunRequest, share: string): string {
  return capture === STDOUT ? `/proc/${process.pid}/fd/1` : join(share, captureName);
}

async function takeCapture(request: RunRequest, share: string): Promise<void> {
  const { capture } = request;
  if (capture === undefined || capture === STDOUT) return;
  if (isPiped(request)) {
    const file = join(share, captureName);
    // Nothing was captured: what is there stays.
    if (existsSync(file) && (await stat(file)).size > 0) await moveFile(file, resolve(capture));
    return;
  }
  const { stem } = splitRotated(capture);
  for (const name of await readdir(share)) {
    if (name.startsWith(`${stem}_`)) await moveFile(join(share, name), join(dirname(resolve(capture)), name));
  }
}

async function moveFile(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  try {
    await rename(from, to);
  } catch {
    // Another file system.
    await copyFile(from, to);
    await rm(from);
  }
}
