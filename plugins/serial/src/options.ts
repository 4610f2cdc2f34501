import { z } from 'zod';

const PORTS = ['2', '4', '8'] as const;

/** Options of the device; numbers also come as text, from a command line. */
export const optionsSchema = z.strictObject({
  ports: z
    .preprocess(String, z.enum(PORTS, { error: ({ input }) => `${input} is not a number of ports: 2, 4 or 8` }))
    .default('2')
    .transform(Number)
    .describe('Number of ports: 2, 4 or 8'),
  line: z
    .enum(['echo', 'pty'], { error: ({ input }) => `${input} is not a kind of line: echo or pty` })
    .default('echo')
    .describe('What the ports are connected to: an echo, or a pseudo terminal each'),
});

export type Options = z.output<typeof optionsSchema>;
