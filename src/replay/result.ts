import type { RecordedEvent } from '../model/recording.ts';

/** What the device does otherwise than in the capture. */
export interface Difference {
  /** Packet in the capture; 0 if it is in none. */
  frame: number;
  /** Register, `DMA` or `interrupts`. */
  what: string;
  /** Of reads, hexadecimal. */
  expected?: string;
  actual?: string;
  text: string;
}

/** Reads of a register, with how many were different. */
export interface RegisterReads {
  name: string;
  reads: number;
  different: number;
}

/** What the driver's side has seen. */
export interface Played {
  /** Accesses of the driver that were played. */
  accesses: number;
  registers: RegisterReads[];
  differences: Difference[];
}

/** DMA of the device that the capture has not, or has differently. */
export interface DmaDifference {
  /** Packet in the capture; 0 if it has none. */
  readonly frame: number;
  readonly text: string;
}

/** What the device has done by itself. */
export interface Outcome {
  /** DMA that is otherwise than in the capture, or missing. */
  dma: readonly DmaDifference[];
  /** Bytes of DMA that are as in the capture. */
  dmaBytes: number;
  /** Vectors of the messages that were sent. */
  irqs: readonly number[];
  /** How often INTx was asserted. */
  asserts: number;
  /** Exceptions of the device's code. */
  errors: readonly string[];
}

/** What became of a replay. */
export interface ReplayResult {
  /** Accesses of the driver that were played, */
  accesses: number;
  /** the reads among them, */
  reads: number;
  /** and those whose value was as in the capture. */
  equal: number;
  /** Reads by register, with how many were different. */
  registers: RegisterReads[];
  dmaBytes: number;
  interrupts: { expected: number; actual: number };
  differences: Difference[];
  /** Exceptions of the device's code. */
  errors: string[];
}

/** Puts both sides together. */
export function resultOf(events: readonly RecordedEvent[], played: Played, outcome: Outcome): ReplayResult {
  const { registers, accesses } = played;
  const sum = (of: 'reads' | 'different') => registers.reduce((total, each) => total + each[of], 0);
  const interrupts = compareInterrupts(events, outcome);
  return {
    accesses,
    reads: sum('reads'),
    equal: sum('reads') - sum('different'),
    registers,
    dmaBytes: outcome.dmaBytes,
    interrupts: interrupts.counts,
    differences: [
      ...played.differences,
      ...outcome.dma.map((each) => ({ ...each, what: 'DMA' })),
      ...interrupts.differences,
    ],
    errors: [...outcome.errors],
  };
}

function compareInterrupts(events: readonly RecordedEvent[], { irqs, asserts: asserted }: Outcome) {
  const expected = count(events.flatMap((event) => (event.kind === 'interrupt' ? [event.vector] : [])));
  const actual = count(irqs);
  const differences: Difference[] = [];
  for (const vector of new Set([...expected.keys(), ...actual.keys()])) {
    const [now, before] = [actual.get(vector) ?? 0, expected.get(vector) ?? 0];
    if (now === before) continue;
    const text = `vector ${vector}: ${now} messages, in the capture ${before}`;
    differences.push({ frame: 0, what: 'interrupts', text });
  }
  const asserts = events.filter(({ kind }) => kind === 'assert').length;
  if (asserted !== asserts) {
    const text = `INTx was asserted ${asserted} times, in the capture ${asserts}`;
    differences.push({ frame: 0, what: 'interrupts', text });
  }
  const sum = (counts: Map<number, number>) => [...counts.values()].reduce((total, each) => total + each, 0);
  return { counts: { expected: sum(expected) + asserts, actual: sum(actual) + asserted }, differences };
}

function count(list: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const each of list) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}
