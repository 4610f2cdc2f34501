import Table from 'cli-table3';

/** A column: its heading, and whether it holds numbers, which are aligned to the right. */
export type Column = string | { head: string; right: true };

/** Between columns; where the table would be too wide, */
const GAP = 2;
/** only this much. */
const NARROW_GAP = 1;
const MIN_WIDTH = 8;

/** Marks a column of numbers. */
export function numbers(head: string): Column {
  return { head, right: true };
}

/** The width that tables may take: that of the terminal, or 80 columns. */
export function tableWidth(): number {
  return Math.max(80, process.stdout.columns ?? 80);
}

/** A table without lines. Where it would be too wide, text in the widest columns is wrapped. */
export function plainTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = tableWidth(),
): string {
  const heads = columns.map((column) => (typeof column === 'string' ? column : column.head));
  const natural = columns.map((_, index) => Math.max(...[heads, ...rows].map((row) => row[index]?.length ?? 0)));
  const sum = natural.reduce((all, each) => all + each, 0);
  const gap = sum + GAP * (columns.length - 1) > width ? NARROW_GAP : GAP;
  const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
  const table = new Table({
    head: heads,
    colAligns: columns.map((column) => (typeof column === 'string' ? 'left' : 'right')),
    colWidths: fitted(columns, natural, width - gap * (columns.length - 1)),
    wordWrap: true,
    wrapOnWordBoundary: true,
    chars: {
      ...Object.fromEntries(
        [...none, 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'].map((name) => [name, '']),
      ),
      middle: ' '.repeat(gap),
    },
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The widths, made smaller where text is widest until their sum is at most `room`. */
function fitted(columns: readonly Column[], natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  let over = widths.reduce((sum, each) => sum + each, 0) - room;
  for (; over > 0; over--) {
    const texts = widths.map((each, index) => (typeof columns[index] === 'string' ? each : 0));
    const widest = texts.indexOf(Math.max(...texts));
    if ((texts[widest] as number) <= MIN_WIDTH) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}
