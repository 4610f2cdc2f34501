const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and in attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** A value as a script may contain it: no text in it ends the script. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** A cell: text, a number, or a packet with its time if that is known. */
export type Cell = string | number | { frame: number; time?: number };

/** A link to a packet. */
export function packet(frame: number, time?: number): Cell {
  return time === undefined ? { frame } : { frame, time };
}

/** A table with a heading; empty text if it has no rows. */
export function htmlTable(
  id: string,
  title: string,
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  if (rows.length === 0) return '';
  const isNumeric = (column: number) => rows.some((row) => row[column] !== '' && typeof row[column] !== 'string');
  const head = heads
    .map((each, column) => `<th${isNumeric(column) ? ' class="n"' : ''}>${escapeHtml(each)}</th>`)
    .join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<section id="${id}"><h2>${escapeHtml(title)}</h2><div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div></section>`;
}

function cell(value: Cell): string {
  if (typeof value === 'string') return `<td>${escapeHtml(value)}</td>`;
  if (typeof value === 'number') return `<td class="n">${value.toLocaleString('en-US')}</td>`;
  if (value.frame === 0) return '<td></td>';
  const time = value.time === undefined ? '' : ` data-time="${value.time}"`;
  return `<td class="n"><a href="#activity" data-frame="${value.frame}"${time}>${value.frame}</a></td>`;
}
