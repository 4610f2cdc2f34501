import { z } from 'zod';

const MAX_BITS = 48;

/** Options of the device, as they come from the command line. */
export const optionsSchema = z.strictObject({
  dmaMask: z
    .union([z.number(), z.string().regex(/^(0x[0-9a-fA-F]+|\d+)$/, 'give a number, such as 0xfffffff')])
    .default(2 ** 28 - 1)
    .transform(Number)
    .refine(isMask, `give 2^n - 1 for n from 1 to ${MAX_BITS}, such as 0xfffffff for 28 bits`)
    .describe('Bits of the addresses that its DMA reaches: 2^n - 1'),
});

function isMask(mask: number): boolean {
  const bits = Math.log2(mask + 1);
  return Number.isInteger(bits) && bits >= 1 && bits <= MAX_BITS;
}
