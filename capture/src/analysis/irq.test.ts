import { expect, test } from 'vitest';
import { access, analyze, dma, interrupt, START } from '../testing/analyze.ts';
import { exampleMap } from '../testing/capture.ts';
import { Irqs } from './irq.ts';

const maps = [exampleMap({ msix: { bar: 0, table: 0x2000, pba: 0x3000, vectors: 4 } })];
const mask = (vector: number, value: number, at: number) => ({
  ...access('memWrite', 0x2000 + vector * 16 + 12, value, at),
  flags: ['msixTable' as const],
});

test('rate, cause and reaction by vector', () => {
  const irqs = new Irqs();
  const file = analyze(
    irqs,
    [
      dma('dmaWrite', 0x1000, new Uint8Array(16), 1_000),
      interrupt(1, 1_200),
      access('memWrite', 0x100c, 1, 1_900),
      dma('dmaWrite', 0x1010, new Uint8Array(16), 1_001_000),
      interrupt(1, 1_001_400),
      // A second message before the driver reacts: the reaction is to the first one.
      interrupt(1, 1_001_500),
      access('memWrite', 0x100c, 2, 1_002_400),
    ],
    { maps },
  );
  expect(irqs.report(file)).toMatchObject([
    {
      vector: 1,
      count: 3,
      firstFrame: 3,
      lastFrame: 7,
      interval: { count: 2, min: 100, max: 1_000_200 },
      fromWrite: { count: 3, min: 200, minFrame: 3, max: 500, maxFrame: 7 },
      toAccess: { count: 2, min: 700, minFrame: 3, max: 1000, maxFrame: 6 },
      masked: 0,
      maskedNs: 0,
    },
  ]);
  expect(irqs.report(file)[0]?.rate).toBeCloseTo(2 / 1_000_300e-9);
});

test('interrupt wires, by the messages that assert them', () => {
  const irqs = new Irqs();
  const wire = (vector: number, at: number) =>
    ({ kind: 'intx', seq: at, time: START + BigInt(at), space: 255, vector }) as const;
  const file = analyze(irqs, [wire(1, 100), access('memRead', 0x1c, 1, 400), wire(0, 500), wire(1, 1100)], { maps });
  expect(irqs.report(file)).toMatchObject([
    {
      vector: 'INTA',
      count: 2,
      firstFrame: 2,
      lastFrame: 6,
      interval: { min: 1000 },
      toAccess: { count: 1, min: 300, minFrame: 2 },
    },
  ]);
});

test('the time that a vector was masked, from when it was unmasked first', () => {
  const irqs = new Irqs();
  const events = [mask(2, 1, 100), mask(2, 0, 200), mask(2, 1, 1000), mask(2, 0, 1300), mask(2, 1, 2000)];
  const file = analyze(irqs, [...events, access('memWrite', 0x14, 0, 2500)], { maps });
  expect(irqs.report(file)).toMatchObject([{ vector: 2, count: 0, masked: 2, maskedNs: 800 }]);
});
