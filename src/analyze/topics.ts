import { Dma, Errors, Irqs, Lanes, Nvme, Summary, Transactions } from '@pciem/capture';
import { Failure } from '../errors.ts';
import { logTopic } from './log-topic.ts';
import { nvmeCommandHead, nvmeCommandLine } from './nvme-lines.ts';
import { readCapture } from './read-capture.ts';
import { registersTopic } from './registers-topic.ts';
import { renderDma } from './render-dma.ts';
import { renderErrors } from './render-errors.ts';
import { renderIrqs } from './render-irqs.ts';
import { DEPTH_COLUMNS, renderNvme } from './render-nvme.ts';
import { renderSummary } from './render-summary.ts';
import { renderTimeline, TIMELINE_COLUMNS } from './render-timeline.ts';
import { renderTransactions } from './render-transactions.ts';
import { type Topic, type TopicRequest, topic } from './topic.ts';

/** The topics of `pciem analyze` by name. */
export const TOPICS: Readonly<Record<string, Topic>> = {
  summary: topic(
    'what is wrong, and traffic by type, function and register',
    async (file) => {
      const summary = new Summary();
      return summary.report(await readCapture(file, [summary]));
    },
    renderSummary,
  ),
  errors: topic(
    'everything that is wrong, with its packet',
    async (file) => {
      const errors = new Errors();
      await readCapture(file, [errors]);
      return errors.report();
    },
    renderErrors,
  ),
  transactions: topic(
    'latency and response of requests by kind and register',
    async (file) => {
      const transactions = new Transactions();
      await readCapture(file, [transactions]);
      return transactions.report();
    },
    renderTransactions,
  ),
  registers: registersTopic,
  log: logTopic,
  dma: topic(
    'bytes by kind of memory and range, refused accesses',
    async (file) => {
      const dma = new Dma();
      await readCapture(file, [dma]);
      return dma.report();
    },
    renderDma,
  ),
  irq: topic(
    'interrupts by vector: rate, cause and reaction, masked time',
    async (file) => {
      const irqs = new Irqs();
      return irqs.report(await readCapture(file, [irqs]));
    },
    renderIrqs,
  ),
  nvme: {
    summary: 'NVMe commands: latencies, queues, errors',
    run: runNvme,
  },
  timeline: topic(
    'what happened when',
    async (file) => {
      const lanes = new Lanes();
      return lanes.report(TIMELINE_COLUMNS, await readCapture(file, [lanes]));
    },
    renderTimeline,
  ),
};

async function runNvme(file: string, request: TopicRequest, write: (text: string) => void): Promise<void> {
  const { commands, json } = request;
  if (commands && !json) write(nvmeCommandHead);
  const nvme = new Nvme(
    commands ? (each) => write(json ? `${JSON.stringify(each)}\n` : nvmeCommandLine(each)) : undefined,
  );
  const { firstTime, lastTime } = await readCapture(file, [nvme]);
  const report = nvme.report();
  if (!report) {
    throw new Failure(`${file}: no NVMe controller (class 010802) is in it`, [
      'pciem analyze FILE summary shows what is',
    ]);
  }
  if (commands) return;
  const depth = nvme.depth(DEPTH_COLUMNS, firstTime, lastTime);
  const overTime = { from: firstTime, to: lastTime, depth };
  write(json ? `${JSON.stringify({ ...report, overTime }, undefined, 2)}\n` : renderNvme(report, depth, request));
}
