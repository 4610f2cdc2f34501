import { UsageFailure } from '../errors.ts';
import { shapeOfRecording } from '../proxy/clone/capture-shape.ts';
import { RegisterNames } from '../proxy/core/register-names.ts';
import type { LearnedModel } from './format.ts';
import { learnModel } from './learn.ts';
import { readRecording } from './recording.ts';

/** Learns a model from capture files. Throws a UsageFailure if they are not of the same device. */
export async function learnFromFiles(files: readonly string[]): Promise<LearnedModel> {
  const recordings = await Promise.all(files.map(readRecording));
  const [first] = recordings;
  if (!first) throw new UsageFailure('Give at least one capture');
  for (const { file, map } of recordings) {
    if (map.vendor === first.map.vendor && map.deviceId === first.map.deviceId) continue;
    throw new UsageFailure(`${file} is of another device than ${first.file}`);
  }
  return learnModel(recordings, shapeOfRecording(first), new RegisterNames(first.map));
}
