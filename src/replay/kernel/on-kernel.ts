import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Identity } from '@pciem/sdk';
import { Failure } from '../../errors.ts';
import type { KernelEvent } from '../../host/kernel/index.ts';
import { readRecording } from '../../model/recording.ts';
import { runOnThisMachine } from '../../run/on-this-machine.ts';
import { siblingModule } from '../../sibling-module.ts';
import { type Outcome, type Played, type ReplayResult, resultOf } from '../result.ts';
import type { KernelReplaySpec } from './spec.ts';

/** What is plugged into this machine for a replay. */
export interface ReplayedOnKernel {
  readonly name: string;
  /** Module of the device, or file of a learned model. */
  readonly device: string;
  readonly model: boolean;
  readonly identity: Identity;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Plays the driver's side of a capture against a device on this machine's bus: each access crosses it, while memory and
 * interrupts are those of the capture. Throws a Failure if it could not be played.
 */
export async function replayOnKernel(
  capture: string,
  { name, settings, ...device }: ReplayedOnKernel,
  options: { readonly speed: number; readonly ignore: ReadonlySet<string> },
): Promise<ReplayResult> {
  const { events } = await readRecording(capture);
  const directory = await mkdtemp(join(tmpdir(), 'pciem-replay-'));
  try {
    const [outcome, played, file] = ['outcome', 'played', 'spec'].map((each) => join(directory, `${each}.json`)) as [
      string,
      string,
      string,
    ];
    const interrupts = join(directory, 'interrupts');
    const ignore = [...options.ignore];
    const spec: KernelReplaySpec = {
      ...device,
      capture: resolve(capture),
      speed: options.speed,
      ignore,
      outcome,
      played,
      interrupts,
    };
    await writeFile(file, JSON.stringify(spec));
    const entry = siblingModule('replay-module', import.meta.url);
    entry.searchParams.set('spec', file);
    const errors: string[] = [];
    const shows = (event: KernelEvent) => {
      if (event.type === 'device-error') errors.push(`${event.where}: ${event.message}`);
      return event.type === 'capture-failed';
    };
    const plugged = { device: { name, summary: '', entry: entry.href }, label: name, settings };
    const command = [process.execPath, fileURLToPath(siblingModule('play', import.meta.url)), file];
    const status = await runOnThisMachine({ devices: [plugged], command }, { shows, awaitsDriver: false });
    if (status !== 0 || !existsSync(outcome)) throw new Failure('The capture could not be played', [], status || 1);
    const read = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as unknown;
    const result = resultOf(events, (await read(played)) as Played, (await read(outcome)) as Outcome);
    return { ...result, errors };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
