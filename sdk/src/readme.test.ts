import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** The code blocks of README.md, as they stand there, run as modules of this package. */
it('has a README whose code runs', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [device = '', test = ''] = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code);
  const directory = mkdtempSync(join(import.meta.dirname, '../.readme-'));
  try {
    writeFileSync(join(directory, 'hello.ts'), device);
    writeFileSync(
      join(directory, 'use.ts'),
      `${test.replace(/^host\.read32/m, 'export const stat = host.read32')}\nexport const { logs } = host;\n`,
    );
    const { stat, logs } = await import(join(directory, 'use.ts'));
    expect(stat).toBe(1);
    expect(logs).toEqual([{ level: 'log', text: 'wrote 0x7 in mode 0' }]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
