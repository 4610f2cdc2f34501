import { z } from 'zod';

const MIB = 2 ** 20;

const number = (what: string, least: number, most: number) =>
  z.coerce
    .number({ error: ({ input }) => `${input} is no number: give ${what} from ${least} to ${most}` })
    .int()
    .min(least)
    .max(most);

/** Options of the device; numbers also come as text, from a command line. */
export const optionsSchema = z
  .strictObject({
    width: number('a width', 320, 4088)
      .multipleOf(8, 'a width is a multiple of 8')
      .default(1024)
      .describe('Pixels of a line, as the monitor prefers it; a multiple of 8'),
    height: number('a height', 200, 4088).default(768).describe('Lines, as the monitor prefers it'),
    memory: number('MiB', 4, 256)
      .refine((size) => Number.isInteger(Math.log2(size)), 'a size of memory is a power of two')
      .default(16)
      .describe('MiB of video memory, a power of two'),
    screenshot: z.string().min(1).optional().describe('File that has the picture as PNG, always the latest'),
    http: number('a port', 0, 65535)
      .optional()
      .describe('Port on this machine that shows the picture to a browser; 0: any that is free'),
  })
  .refine(({ width, height, memory }) => width * height * 4 <= memory * MIB, {
    error: ({ input }) => {
      const { width, height, memory } = input as Record<string, number>;
      return `${width} x ${height} pixels of 4 bytes do not fit into ${memory} MiB: give more memory`;
    },
  })
  .transform(({ memory, ...options }) => ({ ...options, memory: memory * MIB }));

/** `memory` in bytes. */
export type Options = z.output<typeof optionsSchema>;
