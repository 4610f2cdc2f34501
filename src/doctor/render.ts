import { styleText } from 'node:util';
import { type Finding, isReady, type Purpose } from './finding.ts';

const titles: Record<Purpose, string> = {
  vm: 'Devices in a virtual machine (--vm)',
  here: "Devices on this machine's own bus",
  wireshark: 'Captures in Wireshark',
};

const marks = { ok: 'ok  ', note: 'note', bad: 'FAIL' } as const;
const colours = { ok: 'green', note: 'yellow', bad: 'red' } as const;
const WIDTH = 80;
const INDENT = '        ';

/** The findings by purpose, each with what to do; for people. */
export function renderFindings(findings: readonly Finding[], purposes: readonly Purpose[]): string {
  return purposes
    .map((purpose) => {
      const lines = findings
        .filter((finding) => finding.purpose === purpose)
        .flatMap(({ status, text, fix = [] }) => [
          ...wrap(text).map((line, index) => `${index === 0 ? `  ${coloured(status)}  ` : INDENT}${line}`),
          ...fix.flatMap((step) =>
            wrap(`- ${step}`).map((line, index) => `${INDENT}${index === 0 ? '' : '  '}${line}`),
          ),
        ]);
      return [`${titles[purpose]}: ${isReady(purpose, findings) ? 'ready' : 'not ready'}`, ...lines].join('\n');
    })
    .join('\n\n');
}

function coloured(status: Finding['status']): string {
  return styleText(colours[status], marks[status], { stream: process.stdout });
}

/** At words; what has none, such as a path, stays whole. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && INDENT.length + last.length + 3 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
