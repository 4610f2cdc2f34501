// Draws a terminal: text with colour escapes from stdin, SVG to stdout.
//
//     npm run demo | tee demo.log; node scripts/terminal-svg.ts <demo.log >docs/demo.svg
import { readFileSync } from 'node:fs';

const columns = 132;
const cell = { width: 7.8, height: 17 };
const padding = 14;
const colours: Record<string, string> = { 36: '#56b6c2', 90: '#5c6370' };

/** A run of characters that look the same. */
interface Span {
  text: string;
  style: string;
}

/** Splits a line at its SGR escapes (ECMA-48 8.3.117). */
function parseLine(line: string): Span[] {
  const spans: Span[] = [];
  let style = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
  for (const part of line.split(/(\u001B\[[\d;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
    const codes = /^\u001B\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) spans.push({ text: part, style });
    else style = codes.split(';').map(styleOf).join('');
  }
  return spans.filter(({ text }) => text !== '');
}

function styleOf(code: string): string {
  if (code === '1') return ' font-weight="bold"';
  if (code === '2') return ' opacity="0.6"';
  return colours[code] === undefined ? '' : ` fill="${colours[code]}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function drawLine(line: string, row: number): string {
  const y = padding + (row + 1) * cell.height - 4;
  const spans = parseLine(line.replaceAll('\t', '        ')).map(
    ({ text, style }) => `<tspan${style}>${escapeXml(text)}</tspan>`,
  );
  return `<text x="${padding}" y="${y}">${spans.join('')}</text>`;
}

const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
const width = columns * cell.width + 2 * padding;
const height = lines.length * cell.height + 2 * padding;
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>Output of npm run demo</title>
<rect width="100%" height="100%" rx="8" fill="#1e2127"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#dcdfe4" xml:space="preserve">
${lines.map(drawLine).join('\n')}
</g>
</svg>
`);
