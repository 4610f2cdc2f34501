import { stat } from 'node:fs/promises';
import { compareCaptures } from '@pciem/capture';
import { checkContents, checkReadable } from './read-capture.ts';
import { renderComparison } from './render-comparison.ts';
import { ScanProgress } from './scan-progress.ts';
import type { TopicRequest } from './topic.ts';

/** Compares two captures. */
export async function compare(
  a: string,
  b: string,
  request: TopicRequest,
  write: (text: string) => void,
): Promise<void> {
  for (const file of [a, b]) await checkReadable(file);
  const total = (await stat(a)).size + (await stat(b)).size;
  const progress = new ScanProgress(`comparing ${a} and ${b}`);
  const comparison = await compareCaptures(a, b, {
    progress: (read) => progress.show(read, total),
    ended: checkContents,
  });
  progress.clear();
  write(request.json ? `${JSON.stringify(comparison, undefined, 2)}\n` : renderComparison(comparison, request));
}
