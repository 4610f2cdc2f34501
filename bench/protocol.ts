/** What the guest is asked for, and the lines of JSON that it answers with on its standard output. */

/** Written to `planName` in the share. */
export interface GuestPlan {
  parts: readonly string[];
  quick: boolean;
}

export const planName = 'plan.json';

/** What `npm test` compares between commits, as a part of a plan. */
export const guardPart = 'guard';

/** File in the share whose first eight bytes count instructions, if the machine counts them (plugin/count.c). */
export const counterName = 'instructions';

/** Who was measured: a device of pciem, or what it is compared with. */
export type Side = 'pciem' | 'baseline';

/** One measurement. Both sides of a round were measured one right after the other. */
export interface Sample {
  type: 'sample';
  figure: string;
  side: Side;
  round: number;
  value: number;
  /** Other facts of the same measurement, by name. */
  facts?: Readonly<Record<string, number>>;
}

export type GuestMessage =
  | Sample
  /** A measurement begins or ends now: the host looks at the clock of QEMU's process. */
  | { type: 'mark'; edge: 'begin' | 'end'; figure: string; side: Side; round: number }
  | { type: 'progress'; text: string };
