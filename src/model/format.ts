import { z } from 'zod';
import { UsageFailure } from '../errors.ts';
import { checkYaml } from '../proxy/rules/yaml-file.ts';

const whole = z.number().int().min(0);
const place = { bar: whole.max(5), offset: whole };
const values = z.array(z.union([whole, z.tuple([whole, whole.min(1)])])).min(1);
/** A value, or `[value, times]`; the last one goes on for ever. */
export type Runs = z.infer<typeof values>;

const behaviour = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('constant'), value: whole }),
  z.strictObject({
    is: z.literal('last-written'),
    /** Bits that read as they were written, and inverted; bits that are always 1. Before the first write: `reset`. */
    mask: whole,
    inverted: whole,
    ones: whole,
    reset: whole,
  }),
  z.strictObject({ is: z.literal('counter'), start: whole, step: z.number().int() }),
  z.strictObject({ is: z.literal('sequence'), values }),
  z.strictObject({
    is: z.literal('function'),
    /** Of the last write there. */
    of: z.strictObject(place),
    /** Whether the values of a case start again at each write, or go on where they were. */
    restarts: z.boolean(),
    before: values.optional(),
    cases: z.array(z.strictObject({ written: whole, values })),
    /** For values that no capture has seen written. */
    otherwise: whole.optional(),
  }),
]);
export type Behaviour = z.infer<typeof behaviour>;

const learnedRegister = z.intersection(
  z.object({ name: z.string().optional(), ...place, size: z.union([z.literal(1), z.literal(2), z.literal(4)]) }),
  behaviour,
);
export type LearnedRegister = z.infer<typeof learnedRegister>;

const trigger = z.strictObject({ access: z.enum(['read', 'write']), ...place, value: whole.optional() });
export type Trigger = z.infer<typeof trigger>;

const effect = z.strictObject({
  after: trigger,
  /** Microseconds after that access. */
  delay: z.number().min(0),
  interrupt: z.union([whole, z.enum(['assert', 'deassert'])]).optional(),
  /** Relative to the address that the driver has written to a register, with its upper half 4 bytes further. */
  dma: z
    .strictObject({
      direction: z.enum(['read', 'write']),
      base: z.strictObject(place),
      plus: z.number().int(),
      /** Bytes, or the register that holds their number. */
      length: z.union([whole.min(1), z.strictObject(place)]),
      /** Hexadecimal; left out: what was read last. */
      bytes: z
        .string()
        .regex(/^([0-9a-f]{2})*$/)
        .optional(),
    })
    .optional(),
});
export type Effect = z.infer<typeof effect>;

const modelSchema = z.strictObject({
  version: z.literal(1),
  /** As the proxy's shape; checked when the device is built. */
  device: z.looseObject({ name: z.string() }),
  registers: z.array(learnedRegister),
  effects: z.array(effect),
});

/** What was learned of a device from captures: a file that people can read and edit. */
export type LearnedModel = z.infer<typeof modelSchema>;

/** Parses a model file. Throws a UsageFailure that points at line and column. */
export function parseModel(file: string, text: string): LearnedModel {
  const { data } = checkYaml(file, text, modelSchema);
  if (!('identity' in data.device)) throw new UsageFailure(`${file}: device.identity is missing`);
  return data;
}

/** The value at a place in `Runs`. */
export function valueAt(runs: Runs, index: number): number {
  let left = index;
  let last = 0;
  for (const run of runs) {
    const [value, times] = typeof run === 'number' ? [run, 1] : run;
    last = value;
    if (left < times) return value;
    left -= times;
  }
  return last;
}

/** Values with repetitions counted; the last one stands once. */
export function toRuns(list: readonly number[]): Runs {
  const runs: [number, number][] = [];
  for (const value of list) {
    const last = runs.at(-1);
    if (last?.[0] === value) last[1]++;
    else runs.push([value, 1]);
  }
  return runs.map(([value, times], index) => (times === 1 || index === runs.length - 1 ? value : [value, times]));
}
