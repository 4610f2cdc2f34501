import { z } from 'zod';

const whole = z.number().int().min(0);
const fieldValues = z.record(z.string(), whole);

/** `5ms`, `200us`, `2s`, or a number of milliseconds. */
const duration = z
  .union([z.number().min(0), z.string().regex(/^\d+(\.\d+)?\s*(us|ms|s)$/, 'give a time such as 200us, 5ms or 2s')])
  .describe('time: 200us, 5ms, 2s, or a number of milliseconds');

/** Which of the accesses that match: the third, the first two, from the third on. */
const nth = z
  .union([
    whole.min(1),
    z.string().regex(/^(\d+\.\.\d*|\.\.\d+)$/, 'give a number, or a range such as 1..3, 5.. or ..2'),
  ])
  .describe('which of the accesses that match otherwise, from 1: a number, or a range such as 1..3, 5.. or ..2');

const place = {
  register: z.string().min(1).optional().describe('name of a register, as the map or device has it'),
  bar: whole.max(5).optional().describe('number of the BAR; 0 when left out'),
  offset: whole.optional().describe('bytes from the start of the BAR'),
};

const matchSchema = z
  .strictObject({
    ...place,
    access: z.enum(['read', 'write']).optional().describe('read when left out'),
    width: z
      .union([z.literal(8), z.literal(16), z.literal(32), z.literal(64)])
      .optional()
      .describe('bits of the access'),
    value: whole.optional().describe('what is written'),
    mask: whole.optional().describe('the bits of `value` that matter'),
    nth: nth.optional(),
    after: z
      .strictObject({
        ...place,
        value: whole.optional().describe('what was written'),
        mask: whole.optional().describe('the bits of `value` that matter'),
        reads: whole.optional().describe('so many matching reads are not answered after each such write'),
        time: duration.optional().describe('from so long after such a write on'),
      })
      .optional()
      .describe('only when the last write to a register was this one'),
  })
  .refine(({ register, offset }) => (register === undefined) !== (offset === undefined), {
    message: 'give either register or offset',
  });

const address = z.union([
  whole,
  z
    .strictObject({ ...place, high: z.string().optional(), plus: z.number().int().optional() })
    .describe('the address that the driver has written to a register; `high`: register of its upper 32 bits'),
]);

const answerSchema = z
  .strictObject({
    value: whole.optional().describe('what the driver reads'),
    fields: fieldValues.optional().describe('fields of the register that read differently'),
    set: whole.optional().describe('bits that read as 1'),
    clear: whole.optional().describe('bits that read as 0'),
    echo: z.literal(true).optional().describe('what the driver wrote there last'),
    increment: whole.optional().describe('more than the answer before'),
    sequence: z.array(whole).min(1).optional().describe('one after the other'),
    end: z.enum(['hold', 'repeat']).optional().describe('after the end of the sequence; hold when left out'),
    random: z
      .strictObject({ seed: whole, min: whole.optional(), max: whole.optional() })
      .optional()
      .describe('the same numbers for the same seed'),
    status: z.enum(['UR', 'CRS', 'CA']).optional().describe('completion status instead of data'),
  })
  .refine((answer) => Object.keys(answer).filter((key) => key !== 'end').length > 0, { message: 'says nothing' });

const ruleSchema = z.strictObject({
  name: z.string().min(1).optional().describe('for --explain and the log'),
  match: matchSchema,
  answer: answerSchema.optional(),
  delay: duration.optional().describe('until the answer'),
  drop: z.boolean().optional().describe('nobody stores the write'),
  store: z
    .array(
      z.strictObject({ ...place, value: whole.optional(), fields: fieldValues.optional(), time: duration.optional() }),
    )
    .optional()
    .describe('changes registers behind the driver, now or later'),
  interrupt: z
    .union([
      whole,
      z.enum(['assert', 'deassert']),
      z.strictObject({ vector: z.union([whole, z.enum(['assert', 'deassert'])]), time: duration }),
    ])
    .optional()
    .describe('MSI-X or MSI vector (INTx if the driver uses neither), or the level of INTx'),
  dma_read: z
    .strictObject({ address, length: whole.min(1).max(65536) })
    .optional()
    .describe('read memory into the log'),
  dma_write: z
    .strictObject({ address, bytes: z.string().optional().describe('hexadecimal'), text: z.string().optional() })
    .refine(({ bytes, text }) => (bytes === undefined) !== (text === undefined), {
      message: 'give either bytes or text',
    })
    .refine(({ bytes = '' }) => /^(\s*[0-9a-fA-F]{2})*\s*$/.test(bytes), {
      message: 'bytes: two hexadecimal digits each',
    })
    .optional()
    .describe('write memory'),
  mark: z.string().optional().describe('a line in the log and the capture'),
  stop: z.boolean().optional().describe('end the run'),
});

/** The file of `--rules`. */
export const rulesSchema = z.strictObject({
  rules: z.array(ruleSchema).describe('the first rule that matches and has an answer wins'),
});

export type RuleSpec = z.infer<typeof ruleSchema>;
export type MatchSpec = z.infer<typeof matchSchema>;
export type AnswerSpec = z.infer<typeof answerSchema>;
export type PlaceSpec = { register?: string | undefined; bar?: number | undefined; offset?: number | undefined };
export type AddressSpec = z.infer<typeof address>;

/** The JSON schema of the file, for editors. */
export function rulesJsonSchema(): object {
  return { ...z.toJSONSchema(rulesSchema, { io: 'input' }), title: 'Rules of pciem proxy' };
}
