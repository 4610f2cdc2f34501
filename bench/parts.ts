import { execa } from 'execa';
import { packageRoot } from '../src/paths.ts';
import type { Progress } from '../src/progress.ts';
import { accessCases, doorbellCases } from './access-cases.ts';
import { type Figure, type FigureDefinition, figureOf } from './figure.ts';
import { measureInGuest } from './guest-run.ts';
import { nvmeFigures } from './nvme-cases.ts';
import type { Sample } from './protocol.ts';

/** How to measure. */
export interface Terms {
  quick: boolean;
  progress: Progress;
}

/** A part of the benchmark. */
export interface Part {
  name: string;
  title: string;
  figures: readonly FigureDefinition[];
  /** Measures on this machine. Without it the part runs in the virtual machine: guest/main.ts knows it by its name. */
  measure?: (terms: Terms) => Promise<Sample[]>;
}

export const parts: readonly Part[] = [
  { name: 'access', title: "one access by the driver, against QEMU's edu", figures: accessCases },
  { name: 'doorbell', title: "doorbell to interrupt handler, against QEMU's edu", figures: doorbellCases },
  { name: 'nvme', title: "fio on the NVMe device, against QEMU's own nvme", figures: nvmeFigures },
];

/** The result of a part. */
export interface MeasuredPart {
  name: string;
  title: string;
  figures: Figure[];
}

/** All parts that need a guest share one boot. */
export async function measureParts(
  chosen: readonly Part[],
  terms: Terms,
): Promise<{ guest: { guestKernel?: string; accelerator?: string }; parts: MeasuredPart[] }> {
  await execa('tsc', ['-b'], { cwd: packageRoot, preferLocal: true, localDir: packageRoot, stdout: 2, stderr: 2 });
  const inGuest = chosen.filter(({ measure }) => measure === undefined).map(({ name }) => name);
  const run =
    inGuest.length > 0 ? await measureInGuest({ parts: inGuest, quick: terms.quick }, terms.progress) : undefined;
  const measured: MeasuredPart[] = [];
  for (const { name, title, figures, measure } of chosen) {
    if (measure) terms.progress(name);
    const samples = measure ? await measure(terms) : (run?.samples ?? []);
    measured.push({ name, title, figures: figures.flatMap((figure) => figureOf(figure, samples) ?? []) });
  }
  return { guest: run ? { guestKernel: run.kernel, accelerator: run.accelerator } : {}, parts: measured };
}
