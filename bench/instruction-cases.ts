import type { FigureDefinition } from './figure.ts';
import type { Order } from './guest/bench-driver.ts';
import type { FioCase } from './nvme-cases.ts';
import { benchRegisters, eduRegisters } from './registers.ts';

type Access = Pick<Order, 'what' | 'offset'>;

/** An access whose instructions are counted. */
export interface CountedAccess extends FigureDefinition {
  pciem: Access;
  baseline: Access;
  /** The device itself answers. */
  forwarded?: true;
  /** Microseconds before each of them, in which everybody goes to sleep. */
  gap?: number;
}

/** NVMe commands whose instructions are counted. */
export type CountedCommand = FigureDefinition & Pick<FioCase, 'rw' | 'depth'>;

const unit = 'instr.';

export const countedAccesses: readonly CountedAccess[] = [
  {
    id: 'count-floor',
    title: 'any trap: #GP that Linux mends',
    unit,
    pciem: { what: 'fault', offset: 0 },
    baseline: { what: 'read', offset: eduRegisters.liveness },
  },
  {
    id: 'count-read',
    title: 'plain read',
    unit,
    pciem: { what: 'read', offset: benchRegisters.plain },
    baseline: { what: 'read', offset: eduRegisters.liveness },
  },
  {
    id: 'count-write',
    title: 'plain write',
    unit,
    pciem: { what: 'write', offset: benchRegisters.plain },
    baseline: { what: 'write', offset: eduRegisters.liveness },
  },
  {
    id: 'count-posted',
    title: 'write that the device is told',
    unit,
    forwarded: true,
    pciem: { what: 'write', offset: benchRegisters.posted },
    baseline: { what: 'write', offset: eduRegisters.liveness },
  },
  {
    id: 'count-forwarded',
    title: 'forwarded read',
    unit,
    forwarded: true,
    pciem: { what: 'read', offset: benchRegisters.forwarded },
    baseline: { what: 'read', offset: eduRegisters.liveness },
  },
  {
    id: 'count-asleep',
    title: 'the same, asleep, to 2 switches',
    unit,
    forwarded: true,
    gap: 4000,
    pciem: { what: 'read', offset: benchRegisters.forwarded },
    baseline: { what: 'switch', offset: 0 },
  },
];

/**
 * What CI compares: these repeat within 1 %. What a worker in JavaScript has a part in does not repeat within 10 %: when V8
 * compiles, and how many commands come at once, is another thing in each run.
 */
export const guardedAccesses: readonly CountedAccess[] = countedAccesses.filter(({ forwarded }) => !forwarded);

export const countedCommands: readonly CountedCommand[] = [
  { id: 'count-nvme-read-qd1', title: 'NVMe 4K read, QD 1, with fio', unit, rw: 'randread', depth: 1 },
  { id: 'count-nvme-read-qd32', title: 'NVMe 4K read, QD 32, with fio', unit, rw: 'randread', depth: 32 },
  { id: 'count-nvme-write-qd32', title: 'NVMe 4K write, QD 32, with fio', unit, rw: 'randwrite', depth: 32 },
];

/** Part 8 of the benchmark. */
export const instructionFigures: readonly FigureDefinition[] = [...countedAccesses, ...countedCommands];
