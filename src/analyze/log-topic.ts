import { AccessLog } from '../proxy/log/access-log.ts';
import { LogAnalysis } from '../proxy/log/log-analysis.ts';
import { readCapture } from './read-capture.ts';
import type { Topic } from './topic.ts';

/** The log that `pciem proxy` has shown while the capture was made. */
export const logTopic: Topic = {
  summary: 'every access, one a line, as pciem proxy shows it; polling is folded, with --json it is not',
  async run(file, { json }, write) {
    const log = new AccessLog({ json, color: false }, write);
    await readCapture(file, [new LogAnalysis((entry) => log.push(entry))]);
    log.end();
  },
};
