import { z } from 'zod';
import { MAX_IO_QUEUES } from './limits.ts';
import { parseSize } from './size.ts';

const MAX_SIZE = 2 ** 40;
const ASCII = /^[\x20-\x7e]+$/;

const size = z
  .union([z.string(), z.number()])
  .describe('Bytes of the namespace, as 256M or 4G')
  .transform((value, context) => {
    const bytes = parseSize(String(value));
    if (bytes !== undefined && bytes >= 4096 && bytes <= MAX_SIZE && bytes % 4096 === 0) return bytes;
    context.addIssue({
      code: 'custom',
      message: `${value} is not a size: give a multiple of 4096 bytes up to 1T, e.g. 256M or 4G`,
    });
    return z.NEVER;
  });

/** Numbers also come as text, from a command line. */
function oneOf<const T extends number | string>(values: readonly T[], what: string) {
  return z.union([z.string(), z.number(), z.boolean()]).transform((value, context): T => {
    const found = values.find((candidate) => String(candidate) === String(value).trim());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `${value} is not ${what}` });
    return z.NEVER;
  });
}

const queueCounts = Array.from({ length: MAX_IO_QUEUES }, (_, i) => i + 1);

function text(length: number, what: string) {
  return z
    .string()
    .min(1, { error: `${what} is empty: give 1 to ${length} characters` })
    .max(length, { error: ({ input }) => `${input} is longer than ${length} characters` })
    .regex(ASCII, { error: ({ input }) => `${input} has characters other than printable ASCII` });
}

/** Options of the device. */
export const optionsSchema = z.strictObject({
  size: size.optional().describe('Bytes of the namespace, as 256M or 4G; default 256M, or the size of the file'),
  lbaSize: oneOf([512, 4096], 'an LBA size: 512 or 4096')
    .default(512)
    .describe('Bytes of a logical block: 512 or 4096'),
  queues: oneOf(queueCounts, `a number of I/O queue pairs: 1 to ${MAX_IO_QUEUES}`)
    .default(4)
    .describe(`I/O queue pairs, 1 to ${MAX_IO_QUEUES}; there is one more interrupt vector`),
  doorbellBuffer: oneOf(['false', 'true'], 'false or true')
    .default('false')
    .transform((value) => value === 'true')
    .describe('Doorbell Buffer Config: doorbells in memory, which are faster, and of which captures show reads only'),
  backing: z
    .string()
    .min(1, { error: 'the file name is empty' })
    .optional()
    .describe('File that holds the blocks and survives restarts; without it they are in memory'),
  serial: text(20, 'serial').optional().describe('Serial number; default: made from the file name, else random'),
  model: text(40, 'model').default('pciem NVMe').describe('Model number'),
});

export type Options = z.infer<typeof optionsSchema>;
