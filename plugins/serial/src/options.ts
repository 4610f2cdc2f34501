import { z } from 'zod';

/** Options of the device; numbers also come as text, from a command line. */
export const optionsSchema = z.strictObject({
  ports: z
    .preprocess(String, z.enum(['2', '4'], { error: ({ input }) => `${input} is not a number of ports: 2 or 4` }))
    .default('2')
    .transform((ports) => (ports === '4' ? 4 : 2))
    .describe('Number of ports: 2 or 4'),
  line: z
    .enum(['echo', 'pty'], { error: ({ input }) => `${input} is not a kind of line: echo or pty` })
    .default('echo')
    .describe('What the ports are connected to: an echo, or a pseudo terminal each'),
});

export type Options = z.output<typeof optionsSchema>;
