import { isMap, LineCounter, type Node, parseDocument } from 'yaml';
import { checkBars } from './check.ts';
import { RegisterMapError } from './error.ts';
import { mapSchema } from './schema.ts';
import type { RegisterMap } from './types.ts';

type Path = readonly (string | number)[];

/** Reads the YAML form (or JSON, which is YAML). Throws a RegisterMapError with line and column of each problem. */
export function parseYamlMap(text: string, file: string): RegisterMap {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: true, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const syntax = document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`);
  if (syntax.length > 0) throw new RegisterMapError(syntax);

  const place = (path: Path, key?: string) => at(offsetOf(document.contents, document, path, key));
  const parsed = mapSchema.safeParse(withoutBigints(document.toJS()));
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => {
      const path = issue.path as Path;
      if (issue.code !== 'unrecognized_keys') return [`${place(path)}: ${describe(path)}${issue.message}`];
      return issue.keys.map((key) => `${place(path, key)}: ${describe(path)}there is no '${key}' here`);
    });
    throw new RegisterMapError(problems);
  }
  const map = parsed.data as RegisterMap;
  checkBars(map, (path) => place(path));
  return map;
}

/** Where the value is, else the innermost thing around it that is there; with `key`, where that key is in it. */
function offsetOf(contents: unknown, document: { getIn(path: Path, keep: true): unknown }, path: Path, key?: string) {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return (key !== undefined && keyOffset(node, key)) || node.range[0];
  }
  const root = contents as Node | null;
  return (key !== undefined && keyOffset(root, key)) || (root?.range?.[0] ?? 0);
}

function keyOffset(node: unknown, key: string): number | undefined {
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => String((item.key as { value?: unknown }).value) === key);
  return (pair?.key as Node | undefined)?.range?.[0];
}

function describe(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
}

/** Whole numbers as numbers where these are exact, else as hexadecimal text. */
function withoutBigints(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `0x${value.toString(16)}`;
  }
  if (Array.isArray(value)) return value.map(withoutBigints);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutBigints(part)]));
}
