import { type Column, plainTable } from '../render/plain-table.ts';

/** How many rows a table shows; 0 for all. */
export interface TableLimit {
  limit: number;
}

/** A heading and a table below it, cut to a number of rows. Empty text if there are no rows. */
export function section(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { limit }: TableLimit,
): string {
  if (rows.length === 0) return '';
  const shown = limit === 0 ? rows : rows.slice(0, limit);
  const more = rows.length - shown.length;
  const rest = more > 0 ? `\n... and ${more.toLocaleString('en-US')} more: --limit 0 shows all` : '';
  return `${title}\n${plainTable(columns, shown)}${rest}`;
}

/** Joins sections with an empty line between them. */
export function sections(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
