import type { Progress } from '../src/progress.ts';
import { accessCases, doorbellCases } from './access-cases.ts';
import { buildTree } from './build.ts';
import { captureFigures } from './capture-cases.ts';
import { dmaCases } from './dma-cases.ts';
import { type Figure, type FigureDefinition, figureOf } from './figure.ts';
import { fileFigures, measureFiles } from './files.ts';
import { type GuestMachine, measureInGuest } from './guest-run.ts';
import { idleFigure } from './idle.ts';
import { instructionFigures } from './instruction-cases.ts';
import { nvmeFigures } from './nvme-cases.ts';
import type { Sample } from './protocol.ts';
import { reloadFigures } from './reload.ts';
import { measureStartup, startupFigures } from './startup.ts';

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
  /** Where it is measured: a guest, where guest/main.ts knows the part by its name, or a function of this machine. */
  where: GuestMachine | ((terms: Terms) => Promise<Sample[]>);
}

export const parts: readonly Part[] = [
  {
    name: 'access',
    title: "one access by the driver, against QEMU's edu",
    figures: accessCases,
    where: 'fast',
  },
  {
    name: 'doorbell',
    title: "doorbell to interrupt handler, against QEMU's edu",
    figures: doorbellCases,
    where: 'fast',
  },
  {
    name: 'dma',
    title: "copies from and to the driver's memory, against memcpy",
    figures: dmaCases,
    where: 'fast',
  },
  {
    name: 'nvme',
    title: "fio on the NVMe device, against QEMU's own nvme",
    figures: nvmeFigures,
    where: 'fast',
  },
  {
    name: 'idle',
    title: 'an idle device, against the time that goes by',
    figures: [idleFigure],
    where: 'fast',
  },
  {
    name: 'capture',
    title: 'the NVMe device while it is captured, against not',
    figures: captureFigures,
    where: 'fast',
  },
  {
    name: 'files',
    title: 'capture files in memory, against the tools of Wireshark',
    figures: fileFigures,
    where: measureFiles,
  },
  {
    name: 'startup',
    title: 'start-up, against the same without pciem',
    figures: startupFigures,
    where: measureStartup,
  },
  {
    name: 'reload',
    title: 'pciem run --watch in the guest, against stop and start',
    figures: Object.values(reloadFigures),
    where: 'fast',
  },
  {
    name: 'instructions',
    title: 'instructions in the guest, driver and device',
    figures: instructionFigures,
    where: 'counting',
  },
];

/** The result of a part. */
export interface MeasuredPart {
  name: string;
  title: string;
  figures: Figure[];
}

export interface Measured {
  guest: { guestKernel?: string };
  /** Why guests ended early. */
  failures: string[];
  parts: MeasuredPart[];
}

/** Parts that need the same guest share one boot. */
export async function measureParts(chosen: readonly Part[], terms: Terms): Promise<Measured> {
  await buildTree();
  const samples: Sample[] = [];
  const guest: Measured['guest'] = {};
  const failures: string[] = [];
  for (const [where, members] of Map.groupBy(chosen, (part) => part.where)) {
    const names = members.map(({ name }) => name);
    if (typeof where === 'function') {
      terms.progress(names.join());
      samples.push(...(await where(terms)));
    } else {
      const run = await measureInGuest(where, { parts: names, quick: terms.quick }, terms.progress);
      samples.push(...run.samples);
      guest.guestKernel = run.kernel;
      if (run.failure !== undefined) failures.push(run.failure);
    }
  }
  const measured = chosen.map(({ name, title, figures }) => ({
    name,
    title,
    figures: figures.flatMap((figure) => figureOf(figure, samples) ?? []),
  }));
  return { guest, failures, parts: measured };
}
