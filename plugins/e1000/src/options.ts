import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { DEVICE_IDS, type Model } from './models.ts';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const LINK = /^(none|tap:[^/\s]{1,15}|(listen|connect):.+)$/;

/** Options of the device. */
export const optionsSchema = z.strictObject({
  link: z
    .string()
    .regex(LINK, { error: ({ input }) => `${input} is not a link: none, tap:NAME, listen:PATH or connect:PATH` })
    .default('none')
    .describe('The other end of the cable: none, tap:NAME, listen:PATH or connect:PATH (a UNIX socket)'),
  mac: z
    .string()
    .regex(MAC, { error: ({ input }) => `${input} is not an address such as 52:54:00:12:34:56` })
    .refine((text) => (Number.parseInt(text.slice(0, 2), 16) & 1) === 0, 'an address of a card has an even first byte')
    .transform((text) => Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16)))
    .default(() => Uint8Array.of(0x52, 0x54, 0x00, ...randomBytes(3)))
    .describe('Address of the card; random when left out'),
  model: z
    .enum(Object.keys(DEVICE_IDS) as [Model, ...Model[]], {
      error: ({ input }) => `${input} is not a model: ${Object.keys(DEVICE_IDS).join(', ')}`,
    })
    .default('82540EM')
    .describe('Which card of the family'),
});

export type Options = z.output<typeof optionsSchema>;
