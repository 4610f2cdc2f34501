import { expect, test } from 'vitest';
import { access, analyze, dma, START } from '../../testing/analyze.ts';
import type { EventInit } from '../../testing/events.ts';
import { command, cqe, createQueues, enable, nvmeMap, QUEUES, sqe } from '../../testing/nvme-session.ts';
import { Nvme } from './nvme.ts';
import type { NvmeCommand } from './report.ts';

function report(events: EventInit[], options: Parameters<typeof analyze>[2] = {}) {
  const commands: NvmeCommand[] = [];
  const nvme = new Nvme((each) => commands.push(each));
  analyze(nvme, events, { maps: [nvmeMap], ...options });
  const result = nvme.report();
  if (!result) throw new Error('no controller was found');
  return { ...result, list: commands };
}

const setup = [...enable(0), ...createQueues(1000)];
const read = (cid: number, lba: number, blocks: number) => ({ opcode: 2, cid, cdw10: lba, cdw12: blocks - 1 });

test('pairs commands with their completions in admin and I/O queues', () => {
  const { commands, queues, list, ...rest } = report([
    ...setup,
    ...command(1, 0, read(7, 100, 8), 5000, 300),
    ...command(1, 1, { opcode: 1, cid: 8, cdw10: 5, cdw11: 1, cdw12: 0 }, 6000, 500),
  ]);
  expect(commands.map(({ queue, name, count, completed, blocks }) => [queue, name, count, completed, blocks])).toEqual([
    ['admin', 'Create I/O SQ', 1, 1, 0],
    ['admin', 'Create I/O CQ', 1, 1, 0],
    ['I/O', 'Write', 1, 1, 1],
    ['I/O', 'Read', 1, 1, 8],
  ]);
  expect(queues).toMatchObject([
    { id: 0, size: 32, base: QUEUES.asq, commands: 2, completed: 2, maxDepth: 1 },
    { id: 1, size: 8, base: QUEUES.sq, completionQueue: 1, vector: 1, commands: 2, completed: 2 },
  ]);
  expect(list[2]).toMatchObject({ queue: 1, cid: 7, name: 'Read', lba: '100', blocks: 8, status: 'Success' });
  // The doorbell was 10 ns before the fetch; a DMA read's completion is at its own time here.
  expect(list[2]).toMatchObject({ latency: 310, service: 300 });
  expect(list[3]).toMatchObject({ name: 'Write', lba: '4294967301', latency: 510 });
  expect(rest).toMatchObject({ errors: [], unmatched: 0, unfinished: [], cut: 0 });
});

test('one doorbell announces several commands, which one read fetches', () => {
  const { list, queues } = report([
    ...setup,
    access('memWrite', 0x1008, 3, 5000),
    dma('dmaRead', QUEUES.sq, Buffer.concat([1, 2, 3].map((cid) => sqe(read(cid, cid, 1)))), 5100),
    dma('dmaWrite', QUEUES.cq, Buffer.concat([cqe(1, 2), cqe(1, 1)]), 5500),
    dma('dmaWrite', QUEUES.cq + 32, cqe(1, 3), 5900),
  ]);
  expect(list.slice(2).map(({ cid, latency }) => [cid, latency])).toEqual([
    [2, 500],
    [1, 500],
    [3, 900],
  ]);
  expect(queues[1]).toMatchObject({ maxDepth: 3, commands: 3 });
  // Three for 400 ns and one for 400 ns.
  expect(queues[1]?.avgDepth).toBe(2);
});

test('a read of shadow doorbells announces commands', () => {
  const shadow = 0x2_0000_0000;
  const pair = (tail: number, head: number) => new Uint8Array(new Uint32Array([tail, head]).buffer);
  const { list } = report([
    ...setup,
    ...command(0, 2, { opcode: 0x7c, cid: 90, prp1: shadow }, 2000, 100),
    dma('dmaRead', shadow + 8, pair(2, 0), 5000),
    dma('dmaRead', QUEUES.sq, Buffer.concat([1, 2].map((cid) => sqe(read(cid, cid, 1)))), 5100),
    dma('dmaWrite', QUEUES.cq, Buffer.concat([cqe(1, 1), cqe(1, 2)]), 5500),
    // Of the admin queue, which is rung by the register.
    dma('dmaRead', shadow, pair(9, 9), 6000),
    dma('dmaRead', shadow + 8, pair(3, 2), 7000),
    dma('dmaRead', QUEUES.sq + 128, sqe(read(3, 3, 1)), 7010),
    dma('dmaWrite', QUEUES.cq + 32, cqe(1, 3), 7300),
  ]);
  expect(list.slice(3).map(({ cid, latency }) => [cid, latency])).toEqual([
    [1, 500],
    [2, 500],
    [3, 300],
  ]);
});

test('depth over time, and latencies as histograms', () => {
  const nvme = new Nvme();
  const events = [
    ...setup,
    access('memWrite', 0x1008, 2, 10_000),
    dma('dmaRead', QUEUES.sq, Buffer.concat([1, 2].map((cid) => sqe(read(cid, cid, 1)))), 10_100),
    dma('dmaWrite', QUEUES.cq, Buffer.concat([cqe(1, 2), cqe(1, 1)]), 19_000),
  ];
  const { firstTime, lastTime } = analyze(nvme, events, { maps: [nvmeMap] });
  expect([firstTime, lastTime]).toEqual([0, 19_000]);
  expect(nvme.depth(19, 0, 19_000)).toEqual([...new Array(10).fill(0), 2, ...new Array(7).fill(0), 1]);
  const reads = nvme.histograms().find(({ name }) => name === 'Read');
  expect(reads?.latency.summary()).toMatchObject({ count: 2, min: 9000, max: 9000 });
});

test('queues wrap around', () => {
  const events = Array.from({ length: 20 }, (_, i) => {
    const [doorbell, fetch, post] = command(1, i % 8, read(i, i, 1), 5000 + i * 1000, 100);
    return [access('memWrite', 0x1008, (i + 1) % 8, 5000 + i * 1000), fetch, post].filter((each) => each !== doorbell);
  }).flat() as EventInit[];
  const { commands, list } = report([...setup, ...events]);
  expect(commands.at(-1)).toMatchObject({ name: 'Read', count: 20, completed: 20, latency: { min: 110, max: 110 } });
  expect(list).toHaveLength(22);
});

test('errors by name, with the packets of fetch and completion', () => {
  const { errors, commands, queues } = report([...setup, ...command(1, 0, read(9, 1 << 30, 8), 5000, 300, 0x80)]);
  expect(errors).toMatchObject([{ cid: 9, status: 'LBA Out of Range', queue: 1, name: 'Read' }]);
  expect(errors[0]?.completionFrame).toBeGreaterThan(errors[0]?.frame as number);
  expect(commands.at(-1)).toMatchObject({ errors: 1 });
  expect(queues[1]).toMatchObject({ errors: 1 });
});

test('commands without end, completions without beginning', () => {
  const events = command(0, 2, { opcode: 0x0c, cid: 3 }, 5000, 100).slice(0, 2);
  const { unfinished, unmatched } = report([...setup, ...events, dma('dmaWrite', QUEUES.cq, cqe(1, 77), 9000)]);
  expect(unfinished).toMatchObject([{ name: 'Async Event Request', count: 1 }]);
  expect(unmatched).toBe(1);
});

test('disabling the controller ends commands and queues', () => {
  const events = command(0, 2, { opcode: 0x0c, cid: 3 }, 5000, 100).slice(0, 2);
  const off = access('memWrite', 0x14, 0x0046_0000, 6000);
  const { unfinished, commands } = report([...setup, ...events, off, ...command(1, 0, read(1, 1, 1), 7000, 10)]);
  expect(unfinished).toEqual([]);
  expect(commands.some(({ name }) => name === 'Read')).toBe(false);
});

test('a reset of the function does so too, and the next session is followed', () => {
  const reset: EventInit = { kind: 'reset', seq: 9000, time: START + 6000n };
  const again = [...enable(7000), ...createQueues(8000)];
  const { commands, queues } = report([...setup, reset, ...again, ...command(1, 0, read(1, 1, 1), 20_000, 10)]);
  expect(commands.find(({ name }) => name === 'Create I/O SQ')).toMatchObject({ count: 2, completed: 2 });
  expect(commands.find(({ name }) => name === 'Read')).toMatchObject({ count: 1, completed: 1 });
  expect(queues).toHaveLength(2);
});

test('bytes are known when an Identify tells the block size', () => {
  const data = Buffer.alloc(4096);
  data.writeUInt8(1, 26);
  data.writeUInt8(12, 128 + 4 + 2);
  const [doorbell, fetch, post] = command(0, 2, { opcode: 6, cid: 4, nsid: 1, prp1: 0x9000_0000 }, 5000, 100);
  const identify = [doorbell, fetch, dma('dmaWrite', 0x9000_0000, data, 5050), post] as EventInit[];
  const events = [...setup, ...identify, ...command(1, 0, read(1, 1, 4), 7000, 10)];
  for (const mps of [128, 4096]) {
    expect(report(events, { mps }).commands.at(-1)).toMatchObject({ name: 'Read', blocks: 4, bytes: 16384 });
  }
});

test('entries that a snap length cut are counted, not guessed', () => {
  const [doorbell, fetch] = command(1, 0, read(1, 1, 1), 5000, 10);
  const cut = { ...fetch, data: sqe(read(1, 1, 1)).slice(0, 32), dataLength: 64, flags: ['truncated'] };
  expect(report([...setup, doorbell, cut] as EventInit[])).toMatchObject({ cut: 1, unmatched: 0 });
});

test('a capture of another device has no NVMe', () => {
  const nvme = new Nvme();
  analyze(nvme, setup);
  expect(nvme.report()).toBeUndefined();
});
