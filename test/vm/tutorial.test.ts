import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { cacheDir } from '../../src/paths.ts';
import { followPage } from '../cli/guide.ts';
import { testKernels } from './kernels.ts';

// The pages that end in a virtual machine are followed to their end, in an empty directory by somebody with an empty home
// directory and without a network. Only kernels and built modules are kept, as on a machine that has run pciem before.

let directory: string;
beforeAll(async () => {
  await testKernels();
  directory = mkdtempSync(join(tmpdir(), 'pciem-tutorial-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each(['first-device', 'ci'])('docs/%s.md, with a real driver', async (name) => {
  const env = { XDG_CACHE_HOME: dirname(cacheDir()) };
  await followPage(`docs/${name}.md`, join(directory, name), { vm: true, home: join(directory, `${name}-home`), env });
});
