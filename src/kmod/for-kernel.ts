import { kernelFromOption } from '../kernels/index.ts';
import type { Progress } from '../progress.ts';
import { buildModule } from './build.ts';
import { headersOf, missingHeaders } from './headers.ts';
import { thisMachine } from './machine.ts';

/** A module that was built: for which kernel, and where it is. */
export interface BuiltModule {
  release: string;
  file: string;
}

/** Builds the module for a kernel as `--kernel` names it, or for the running one. `force`: even if it is there. */
export async function buildForKernel(
  option: string | undefined,
  progress: Progress,
  force = false,
): Promise<BuiltModule> {
  const { release, build } = option === undefined ? runningKernel() : kernelFromOption(option);
  const kernel = { release, ...(build !== undefined && { build }) };
  const file = await buildModule(kernel, progress, undefined, undefined, force);
  return { release, file };
}

/** The image in /boot is not needed to build for the kernel that runs. */
function runningKernel() {
  const machine = thisMachine();
  const build = headersOf(machine);
  if (build === undefined) throw missingHeaders(machine);
  return { release: machine.release, build };
}
