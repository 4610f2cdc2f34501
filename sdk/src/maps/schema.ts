import { z } from 'zod';

/** The YAML form of a register map, as people write it. docs/register-maps.md explains it. */

const HEX = /^0x[0-9a-f_]+$/i;
const SIZE = /^([0-9]+)\s*(|K|M|G|KiB|MiB|GiB)$|^0x[0-9a-f_]+$/i;
const BITS = /^([0-9]+)\s*:\s*([0-9]+)$/;

/** A number, or text in one of some forms, with one message for anything else. */
function numeric(number: z.ZodInt, forms: RegExp, error: string) {
  return z.union([number.min(0, { error }), z.string().regex(forms, { error })], { error });
}

const WHOLE = 'give a whole number, such as 16 or 0x10';
/** Values that no number holds exactly arrive as hexadecimal text. */
const whole = numeric(z.int(), HEX, WHOLE).transform(exact);
const small = numeric(z.int(), HEX, WHOLE).transform((value) => Number(exact(value)));

const size = numeric(z.int(), SIZE, 'give a number of bytes, such as 4096, 4K or 16M').transform(bytes);

const access = z.enum(['rw', 'ro', 'wo', 'w1c', 'w1s', 'rc'], {
  error: 'give one of rw, ro, wo, w1c, w1s, rc',
});

const width = z.union([z.literal(8), z.literal(16), z.literal(32), z.literal(64)], {
  error: 'give 8, 16, 32 or 64',
});

const text = z.string({ error: 'give a text' }).min(1, { error: 'give a text' });
const name = text.regex(/^[^\s=.]+$/, { error: 'a name has no spaces, dots or equals signs' });

const field = z
  .strictObject({
    name,
    bits: numeric(z.int(), BITS, 'give a bit, such as 3, or bits, such as 7:4').meta({
      description: 'One bit, such as 3, or the highest and the lowest one, such as 7:4',
    }),
    access: access.optional(),
    reset: small.optional().meta({ description: "In the field's own bits" }),
    description: text.optional(),
    values: z.record(name, small).optional().meta({ description: 'Names of values' }),
  })
  .transform(({ bits, ...rest }) => ({ ...rest, ...bitRange(bits) }));

const register = z
  .strictObject({
    name,
    offset: small.meta({ description: 'Bytes from the start of the BAR' }),
    width: width.default(32).meta({ description: 'Bits' }),
    access: access.optional().meta({
      description: 'Of the whole register, and of its fields if they do not say. Left out: rw; bits of no field: ro',
    }),
    reset: whole.default(0),
    description: text.optional(),
    fields: z.array(field).default([]),
    count: small.optional().meta({ description: 'Makes it an array of so many registers' }),
    stride: small.optional().meta({ description: 'Bytes from one register of the array to the next' }),
    aliases: z
      .record(name, small)
      .optional()
      .meta({ description: 'Further places of the register in the BAR; of an array: of its first one' }),
  })
  .transform(({ access, fields, ...rest }) => ({
    ...rest,
    access: access ?? (fields.length > 0 ? ('ro' as const) : ('rw' as const)),
    fields: fields.map((field) => ({ ...field, access: field.access ?? access ?? ('rw' as const) })),
  }));

const bar = z.strictObject({
  index: z.int({ error: 'give 0 to 5' }).min(0, { error: 'give 0 to 5' }).max(5, { error: 'give 0 to 5' }),
  size: size.meta({ description: 'Bytes: a power of two, 4K at least' }),
  bits: z.union([z.literal(32), z.literal(64)], { error: 'give 32 or 64' }).optional(),
  prefetchable: z.boolean({ error: 'give true or false' }).optional(),
  registers: z.array(register, { error: 'give a list of registers' }).default([]),
});

const identity = z.strictObject({
  vendor: small,
  device: small,
  class: small.meta({ description: 'Base class, subclass and programming interface, such as 0x010802' }),
  revision: small.optional(),
  subsystemVendor: small.optional(),
  subsystem: small.optional(),
});

const interrupts = z.strictObject({
  msix: z.int({ error: 'give a number of vectors' }).min(1).max(2048).optional(),
  msi: z
    .union(
      [1, 2, 4, 8, 16, 32].map((vectors) => z.literal(vectors as 1 | 2 | 4 | 8 | 16 | 32)),
      {
        error: 'give 1, 2, 4, 8, 16 or 32',
      },
    )
    .optional(),
  intx: z.enum(['A', 'B', 'C', 'D'], { error: 'give A, B, C or D' }).optional(),
});

export const mapSchema = z.strictObject({
  name: text.regex(/^[a-z0-9][a-z0-9-]{0,30}$/, {
    error: 'use 1 to 31 lower-case letters, digits and dashes, starting with a letter or digit',
  }),
  summary: text.optional(),
  identity: identity.optional(),
  interrupts: interrupts.optional(),
  bars: z.array(bar, { error: 'give a list of BARs' }).min(1, { error: 'give at least one BAR' }),
});

/** The JSON schema that editors check YAML files against. */
export function mapJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'pciem register map',
    ...z.toJSONSchema(mapSchema, { io: 'input' }),
  };
}

function exact(value: number | string): number | bigint {
  const big = BigInt(typeof value === 'string' ? value.replaceAll('_', '') : value);
  return big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
}

function bytes(value: number | string): number {
  if (typeof value === 'number' || HEX.test(value)) return Number(exact(value));
  const [, digits, unit = ''] = SIZE.exec(value) ?? [];
  const exponent = ['', 'K', 'M', 'G'].indexOf(unit.charAt(0).toUpperCase());
  return Number(digits) * 1024 ** exponent;
}

function bitRange(bits: number | string): { lsb: number; msb: number } {
  if (typeof bits === 'number') return { lsb: bits, msb: bits };
  const [, first, second] = BITS.exec(bits) ?? [];
  return { lsb: Math.min(Number(first), Number(second)), msb: Math.max(Number(first), Number(second)) };
}
