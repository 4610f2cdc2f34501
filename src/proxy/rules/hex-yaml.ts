import { Document, isPair, isScalar, isSeq, visit } from 'yaml';

export interface HexYamlOptions {
  /** Keys whose numbers, alone or in lists, are written as data sheets write them. */
  readonly hex: ReadonlySet<string>;
  /** Lists with one entry a line. */
  readonly lines?: ReadonlySet<string>;
  /** Comment at the start. */
  readonly comment: string;
}

/** Data as YAML for people: numbers in hexadecimal, long lists of small things one a line. */
export function hexYaml(data: unknown, { hex, lines = new Set(), comment }: HexYamlOptions): string {
  const document = new Document(data);
  document.commentBefore = comment;
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && hex.has(String(key.value))) toHex(value);
    },
    Map(_, map, path) {
      const list = path.at(-2);
      if (isPair(list) && isScalar(list.key) && lines.has(String(list.key.value))) map.flow = true;
    },
    Seq(_, seq, path) {
      const pair = path.at(-1);
      if (isPair(pair) && isScalar(pair.key) && hex.has(String(pair.key.value))) seq.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** A number, or of a list each number; of `[value, times]` the value. */
function toHex(value: unknown): void {
  if (isScalar(value) && typeof value.value === 'number') value.format = 'HEX';
  if (!isSeq(value)) return;
  for (const item of value.items) toHex(isSeq(item) ? item.items[0] : item);
}
