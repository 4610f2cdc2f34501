import { expect, test } from 'vitest';
import { access, analyze, dma, forwardedRead, interrupt } from '../testing/analyze.ts';
import { Transactions } from './transactions.ts';

test('latency and response by register, with the packets of the extremes', () => {
  const transactions = new Transactions();
  analyze(transactions, [
    ...forwardedRead(0x1c, 0, 1000, 400),
    ...forwardedRead(0x1c, 0, 3000, 100),
    ...forwardedRead(0x1c, 1, 5000, 900),
    access('memWrite', 0x14, 1, 7000),
  ]);
  const [csts, cc] = transactions.report();
  // Packet 1 is the device map; requests and completions take turns.
  expect(csts).toMatchObject({ name: 'MRd', from: 'driver', register: 'CSTS', count: 3, bytes: 12, firstFrame: 2 });
  expect(csts?.response).toMatchObject({ min: 100, minFrame: 4, max: 900, maxFrame: 6, count: 3 });
  expect(csts?.response?.avg).toBeCloseTo(1400 / 3);
  expect(cc).toMatchObject({ name: 'MWr', register: 'CC', count: 1, bytes: 4 });
  expect(cc?.response).toBeUndefined();
});

test('a read of several completions has one latency and one response', () => {
  const transactions = new Transactions();
  analyze(transactions, [dma('dmaRead', 0x40, new Uint8Array(1000), 100, { latency: 700 }), interrupt(0, 900)], {
    mps: 128,
    mrrs: 512,
  });
  const [reads, interrupts] = transactions.report();
  expect(reads).toMatchObject({ name: 'MRd', from: 'device', register: '', count: 3, bytes: 1000 });
  expect(reads?.response).toMatchObject({ count: 3, min: 700, max: 700 });
  expect(interrupts).toMatchObject({ name: 'MSI', count: 1 });
});

test('timeouts are counted and take no part in latencies', () => {
  const [request, completion] = forwardedRead(0x1c, 0, 1000, 50_000_000);
  const transactions = new Transactions();
  const late = { ...completion, flags: ['forwarded', 'timedOut'], dataLength: 4, data: [] } as typeof completion;
  analyze(
    transactions,
    [request, late].filter((event) => event !== undefined),
  );
  expect(transactions.report()).toMatchObject([{ register: 'CSTS', count: 1, timedOut: 1 }]);
  expect(transactions.report()[0]?.response).toBeUndefined();
});

test('there are never more than 512 rows', () => {
  const transactions = new Transactions();
  analyze(
    transactions,
    Array.from({ length: 600 }, (_, i) => access('memWrite', 0x2000 + i * 4, 0, i)),
  );
  const rows = transactions.report();
  expect(rows).toHaveLength(513);
  expect(rows.find(({ register }) => register === 'other registers')?.count).toBe(88);
});
