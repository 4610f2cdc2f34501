import { hexYaml } from './hex-yaml.ts';
import type { RuleSpec } from './schema.ts';

const HEX = new Set(['offset', 'value', 'mask', 'set', 'clear', 'sequence']);

/** Rules as a file. */
export function rulesText(rules: readonly RuleSpec[], comment: string): string {
  return hexYaml({ rules }, { hex: HEX, lines: new Set(), comment: ` ${comment}` });
}
