import { type Document, isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageFailure } from '../../errors.ts';

/** A checked YAML file, and where its parts are. */
export interface YamlFile<T> {
  readonly data: T;
  /** `file:line:column` of the part at a path. */
  where(path: readonly PropertyKey[]): string;
}

/** Checks YAML text against a schema. Throws a UsageFailure that points at line and column of every problem. */
export function checkYaml<T>(file: string, text: string, schema: z.ZodType<T>): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new UsageFailure(
      `${file} is not YAML`,
      document.errors.map(({ pos: [start], message }) => `${at(start)}: ${message}`),
    );
  }
  const where = (path: readonly PropertyKey[]) => at(startOf(document, path));
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { data: parsed.data, where };
  throw new UsageFailure(
    `${file}: ${parsed.error.issues.length === 1 ? 'it has a mistake' : 'it has mistakes'}`,
    parsed.error.issues.map((issue) => {
      const extra = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
      const path = [...issue.path, ...extra];
      return `${where(path)}: ${path.length > 0 ? `${path.map(String).join('.')}: ` : ''}${issue.message}`;
    }),
  );
}

/** Where the value at a path starts; where it is missing, what it should be in. */
function startOf(document: Document, path: readonly PropertyKey[]): number {
  let node = document.contents as Node | null;
  let start = node?.range?.[0] ?? 0;
  for (const part of path) {
    let next: Node | null | undefined;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(part));
      start = (pair?.key as Node | undefined)?.range?.[0] ?? start;
      next = pair?.value as Node | null | undefined;
    } else if (isSeq(node)) {
      next = node.items[Number(part)] as Node | undefined;
      start = next?.range?.[0] ?? start;
    }
    if (!next) return start;
    node = next;
  }
  return start;
}
