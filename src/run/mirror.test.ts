import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { receiveChanges, sendChanges } from './mirror.ts';

let directory: string;
let stops: (() => void)[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-mirror-'));
  stops = [];
});
afterEach(() => {
  for (const stop of stops) stop();
  rmSync(directory, { recursive: true });
});

const share = () => join(directory, 'share');
const file = (name: string) => join(directory, name);

/** Waits for the next change that is put into the share, and takes it; the files by their names, with their contents. */
async function nextChange(): Promise<Record<string, string>> {
  const names = () => readdirSync(share()).filter((name) => name.endsWith('.json'));
  await expect.poll(() => names().length, { timeout: 30_000 }).toBeGreaterThan(0);
  const [name = ''] = names().sort();
  const changes = JSON.parse(readFileSync(join(share(), name), 'utf8')) as { path: string; contents: string }[];
  rmSync(join(share(), name));
  return Object.fromEntries(
    changes.map(({ path, contents }) => [path.slice(directory.length + 1), Buffer.from(contents, 'base64').toString()]),
  );
}

it('sends what changes, and follows what is imported only later', async () => {
  mkdirSync(file('lib'));
  writeFileSync(file('main.ts'), 'export default 1;\n');
  writeFileSync(file('lib/deep.ts'), 'export const deep = 1;\n');
  stops.push(sendChanges([file('main.ts')], share()));
  writeFileSync(file('lib/later.ts'), "export { deep } from './deep.ts';\n");
  const importing = "import { deep } from './lib/later.ts';\nexport default deep;\n";
  writeFileSync(file('main.ts'), importing);
  expect(await nextChange()).toEqual({
    'lib/later.ts': "export { deep } from './deep.ts';\n",
    'lib/deep.ts': 'export const deep = 1;\n',
    'main.ts': importing,
  });
  writeFileSync(file('lib/deep.ts'), 'export const deep = 22;\n');
  expect(await nextChange()).toEqual({ 'lib/deep.ts': 'export const deep = 22;\n' });
});

it('writes what was sent to where it is on the host, also into a new directory', async () => {
  mkdirSync(share());
  stops.push(receiveChanges(share()));
  const change = [{ path: file('new/one.ts'), contents: Buffer.from('1;').toString('base64') }];
  writeFileSync(join(share(), 'next'), JSON.stringify(change));
  writeFileSync(join(share(), '000000000.json'), JSON.stringify(change));
  await expect.poll(() => readdirSync(share()), { timeout: 30_000 }).toEqual(['next']);
  expect(readFileSync(file('new/one.ts'), 'utf8')).toBe('1;');
});
