import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Figure } from './figure.ts';
import { guardedAccesses } from './instruction-cases.ts';

/** The part of the benchmark that is compared between commits, as it does not depend on the machine's mood. */
export const baselinePart = 'instructions';

/** A rise by more than this fails. */
const LIMIT = 0.1;

const path = join(import.meta.dirname, 'baseline.json');

const baselineSchema = z.object({
  /** Of the guest. */
  kernel: z.string(),
  /** By figure. */
  instructions: z.record(z.string(), z.number()),
});

export type InstructionBaseline = z.infer<typeof baselineSchema>;

export function readInstructionBaseline(): InstructionBaseline | undefined {
  return existsSync(path) ? baselineSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

export function writeInstructionBaseline(kernel: string, figures: readonly Figure[]): void {
  const guarded = figures.filter(({ id }) => guardedAccesses.some((access) => access.id === id));
  const instructions = Object.fromEntries(guarded.map(({ id, pciem }) => [id, Math.round(pciem)]));
  writeFileSync(path, `${JSON.stringify({ kernel, instructions }, undefined, 2)}\n`);
}

/** A figure beside what it was. */
export interface Change {
  id: string;
  before: number;
  /** NaN: it was not measured. */
  now: number;
  isRise: boolean;
}

/** Every figure of the baseline; one that is missing counts as a rise. */
export function changesSince({ instructions }: InstructionBaseline, figures: readonly Figure[]): Change[] {
  return Object.entries(instructions).map(([id, before]) => {
    const now = figures.find((figure) => figure.id === id)?.pciem ?? Number.NaN;
    return { id, before, now, isRise: !(now <= before * (1 + LIMIT)) };
  });
}
