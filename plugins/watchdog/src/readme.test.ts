import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const sources = read('watchdog.ts') + read('watchdog.test.ts');
const blocks = [...read('../README.md').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code as string);

it('explains the device', () => {
  expect(blocks.length).toBeGreaterThan(5);
});

it.each(blocks)('shows code that is there: %s', (code) => {
  expect(sources).toContain(code);
});

it('speaks of a small file', () => {
  expect(read('watchdog.ts').split('\n').length).toBeLessThan(121);
});
