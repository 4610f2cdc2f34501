import { UsageFailure } from '../errors.ts';
import { replay } from '../replay/replay.ts';
import type { ReplayResult } from '../replay/result.ts';
import { learnedDevice, readModel } from './load-learned.ts';
import { readRecording } from './recording.ts';

/** How well a model explains a capture. */
export interface ModelCheck {
  capture: string;
  /** Part of the driver's accesses whose outcome the model gives, 0 to 1. */
  explained: number;
  result: ReplayResult;
}

/** Replays captures against a model. Throws a UsageFailure if there is none. */
export async function checkModel(
  file: string,
  captures: readonly string[],
  options: { speed: number },
): Promise<ModelCheck[]> {
  const model = await readModel(file);
  if (captures.length === 0) throw new UsageFailure('Give at least one capture to check the model with');
  const checks: ModelCheck[] = [];
  for (const capture of captures) {
    const result = await replay(await readRecording(capture), learnedDevice(model), {}, options);
    const { accesses, reads, equal } = result;
    checks.push({ capture, explained: accesses === 0 ? 1 : (accesses - reads + equal) / accesses, result });
  }
  return checks;
}
