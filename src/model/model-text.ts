import { hexYaml } from '../proxy/rules/hex-yaml.ts';
import type { LearnedModel } from './format.ts';

const HEX = new Set([
  ...['offset', 'value', 'values', 'before', 'written', 'mask', 'inverted', 'ones', 'reset', 'otherwise'],
  ...['vendor', 'device', 'class', 'subsystemVendor', 'subsystem'],
]);
const LINES = new Set(['registers', 'effects', 'fields', 'cases']);

/** A model as text: one line for each register and effect, numbers as data sheets write them. */
export function modelText(model: LearnedModel, captures: readonly string[]): string {
  const comment =
    ` Learned by pciem from ${captures.join(', ')}.\n` +
    ' Edit it as you like; pciem model check FILE CAPTURE tells how well it explains a capture.';
  return hexYaml(model, { hex: HEX, lines: LINES, comment });
}
