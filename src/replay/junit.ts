import type { Difference, ReplayResult } from './result.ts';

/** A replay as a report of test runners: a case for each register, one for DMA, interrupts and the device's code. */
export function junitReport(suite: string, result: ReplayResult): string {
  const { registers, differences, errors } = result;
  const failed = (what: string) => differences.filter((difference) => difference.what === what);
  const cases = [
    ...registers.map(({ name, reads }) => testCase(suite, `${name} (${reads} reads)`, failed(name))),
    testCase(suite, 'DMA', failed('DMA')),
    testCase(suite, 'interrupts', failed('interrupts')),
    testCase(
      suite,
      'exceptions',
      errors.map((text) => ({ frame: 0, what: '', text })),
    ),
  ];
  const failures = cases.filter((each) => each.includes('<failure')).length;
  const head = `<testsuite name="${escapeXml(suite)}" tests="${cases.length}" failures="${failures}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${cases.join('\n')}\n</testsuite>\n`;
}

function testCase(suite: string, name: string, differences: readonly Difference[]): string {
  const head = `  <testcase classname="${escapeXml(suite)}" name="${escapeXml(name)}"`;
  const [first] = differences;
  if (!first) return `${head}/>`;
  const lines = differences.map(({ frame, text }) => (frame === 0 ? text : `packet ${frame}: ${text}`));
  return `${head}><failure message="${escapeXml(first.text)}">${escapeXml(lines.join('\n'))}</failure></testcase>`;
}

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // Characters that XML 1.0 does not have are left out.
  return text
    .replaceAll(/[&<>"]/g, (each) => entities[each] as string)
    .replaceAll(/[^\t\n\r -\ud7ff\ue000-\ufffd]/g, '');
}
