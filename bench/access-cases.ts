import type { FigureDefinition, Goal } from './figure.ts';
import type { Order } from './guest/bench-driver.ts';
import { benchRegisters, eduRegisters } from './registers.ts';

/** What one side of a figure does, and how often. */
type Access = Omit<Order, 'gap'> & { gap?: number };

/** An access to a device of pciem, and what it is compared with: one to edu unless it says otherwise. */
export interface AccessCase extends FigureDefinition {
  pciem: Access;
  baseline: Access;
  /** Devices that are plugged meanwhile; 1 when left out. */
  devices?: number;
  /** BARs of each; 1 when left out. */
  bars?: number;
  /** Everything on one CPU. */
  oneCpu?: boolean;
  /** Which quantile of the samples; the median when left out. */
  of?: 'p50' | 'p99';
  quick?: boolean;
}

const atMost = (ratio: number): Goal => ({ kind: 'at most', ratio });
const eduRead: Access = { what: 'read', offset: eduRegisters.liveness, amount: 100, samples: 100 };
const eduWrite: Access = { ...eduRead, what: 'write' };
const plainRead: Access = { ...eduRead, offset: benchRegisters.plain };
const plainWrite: Access = { ...plainRead, what: 'write' };
const postedWrite: Access = { ...plainWrite, offset: benchRegisters.posted };
const awake: Access = { what: 'read', offset: benchRegisters.forwarded, samples: 2000 };
/** Long enough for the worker to go to sleep. */
const asleep: Access = { ...awake, samples: 200, gap: 4000 };
const switchPair: Access = { what: 'switch', offset: 1, samples: 1000 };

const last = { bar: 5 };
const crowd = { bars: 6, devices: 1 };
const many = { devices: 8 };

/** Part 1: one access by the driver. */
export const accessCases: readonly AccessCase[] = [
  {
    id: 'floor',
    title: 'any trap: #GP that Linux mends',
    unit: 'ns',
    pciem: { what: 'fault', offset: 0, amount: 100, samples: 100 },
    baseline: eduRead,
    quick: true,
  },
  { id: 'read', title: 'plain read', unit: 'ns', pciem: plainRead, baseline: eduRead, quick: true },
  {
    id: 'write',
    title: 'plain write',
    unit: 'ns',
    pciem: plainWrite,
    baseline: eduWrite,
    goal: atMost(5),
    quick: true,
  },
  {
    id: 'posted',
    title: 'write that the device is told',
    unit: 'ns',
    pciem: postedWrite,
    baseline: eduWrite,
    quick: true,
  },
  {
    id: 'copy',
    title: 'REP MOVS, per byte of 4 KiB',
    unit: 'ns',
    pciem: { what: 'copy', offset: benchRegisters.copied, amount: 4096, samples: 40 },
    baseline: { what: 'copy', offset: eduRegisters.nothing, amount: 4096, samples: 40 },
    quick: true,
  },
  {
    id: 'awake',
    title: 'forwarded read, awake',
    unit: 'ns',
    pciem: awake,
    baseline: eduRead,
    goal: atMost(60),
    quick: true,
  },
  {
    id: 'asleep',
    title: 'the same, asleep, to 2 switches',
    unit: 'ns',
    pciem: asleep,
    baseline: { ...switchPair, samples: 200, gap: 4000 },
    goal: atMost(3),
    quick: true,
  },
  {
    id: 'write-6',
    title: 'plain write, last of 6 BARs',
    unit: 'ns',
    pciem: { ...plainWrite, ...last },
    baseline: eduWrite,
    ...crowd,
    goal: atMost(5),
  },
  {
    id: 'awake-6',
    title: 'forwarded, awake, last of 6 BARs',
    unit: 'ns',
    pciem: { ...awake, ...last },
    baseline: eduRead,
    ...crowd,
    goal: atMost(60),
  },
  {
    id: 'write-8d',
    title: 'plain write, 8 devices',
    unit: 'ns',
    pciem: plainWrite,
    baseline: eduWrite,
    ...many,
    goal: atMost(5),
  },
  {
    id: 'awake-8d',
    title: 'forwarded, awake, 8 devices',
    unit: 'ns',
    pciem: awake,
    baseline: eduRead,
    ...many,
    goal: atMost(60),
  },
  { id: 'awake-1c', title: 'forwarded read, 1 CPU', unit: 'ns', pciem: awake, baseline: eduRead, oneCpu: true },
  {
    id: 'asleep-1c',
    title: 'the same, asleep, to 2 switches',
    unit: 'ns',
    pciem: asleep,
    baseline: { what: 'switch', offset: 0, samples: 200, gap: 4000 },
    oneCpu: true,
    goal: atMost(3),
  },
];

const ring: Access = { what: 'door', offset: benchRegisters.door, samples: 1000 };
const eduRing: Access = { what: 'door', offset: eduRegisters.raise, samples: 1000 };

/** Part 2: from the write of a doorbell to the interrupt handler. */
export const doorbellCases: readonly AccessCase[] = [
  { id: 'door-p50', title: 'doorbell to interrupt, p50', unit: 'us', pciem: ring, baseline: eduRing, quick: true },
  { id: 'door-p99', title: 'doorbell to interrupt, p99', unit: 'us', pciem: ring, baseline: eduRing, of: 'p99' },
];
