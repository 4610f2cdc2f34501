import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { loadDevice } from '../../host/kernel/load-device.ts';
import { loadLearned } from '../../model/load-learned.ts';
import { readRecording } from '../../model/recording.ts';
import { InterruptCounts } from './interrupt-counts.ts';
import { replayedDevice } from './replayed-device.ts';
import type { KernelReplaySpec } from './spec.ts';

/** The device module of every replay on the kernel host: `?spec=FILE` in its URL names the specification. */
const file = new URL(import.meta.url).searchParams.get('spec');
if (file === null) throw new Error('this module is loaded by pciem replay, with ?spec=FILE');
const { capture, device, model, outcome, interrupts } = JSON.parse(readFileSync(file, 'utf8')) as KernelReplaySpec;
const definition = model ? (await loadLearned(device)).definition : await loadDevice(pathToFileURL(device).href);

const counts = new InterruptCounts(interrupts);

export default replayedDevice(definition, (await readRecording(capture)).events, {
  file: outcome,
  interrupted: (source) => counts.add(source),
});
