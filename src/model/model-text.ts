import { Document, isPair, isScalar, isSeq, visit } from 'yaml';
import type { LearnedModel } from './format.ts';

/** Numbers that people read in hexadecimal. */
const HEX = new Set([
  'offset',
  'value',
  'written',
  'mask',
  'inverted',
  'ones',
  'reset',
  'otherwise',
  'vendor',
  'device',
  'class',
  'subsystemVendor',
  'subsystem',
]);

/** Lists with one entry a line. */
const LISTS = new Set(['registers', 'effects', 'fields', 'cases']);

/** A model as text: one line for each register and effect, numbers as data sheets write them. */
export function modelText(model: LearnedModel, captures: readonly string[]): string {
  const document = new Document(model);
  document.commentBefore = ` Learned by pciem from ${captures.join(', ')}.\n Edit it as you like; pciem model check FILE CAPTURE tells how well it explains a capture.`;
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && HEX.has(String(key.value)) && isScalar(value) && typeof value.value === 'number') {
        value.format = 'HEX';
      }
    },
    Map(_, map, path) {
      // Registers and effects are in lists: one line each.
      const list = path.at(-2);
      if (isPair(list) && isScalar(list.key) && LISTS.has(String(list.key.value))) map.flow = true;
    },
    Seq(_, seq, path) {
      const pair = path.at(-1);
      if (pair && 'key' in pair && isScalar(pair.key) && ['values', 'before'].includes(String(pair.key.value))) {
        seq.flow = true;
        for (const item of seq.items) {
          // A value, or a value with how often it comes.
          const value = isSeq(item) ? item.items[0] : item;
          if (isScalar(value) && typeof value.value === 'number') value.format = 'HEX';
        }
      }
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
