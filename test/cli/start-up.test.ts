import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import { packageRoot } from '../../src/paths.ts';
import { pciem } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const bin = join(packageRoot, 'bin/run.js');

/** Modules that a command loads, of this project and of others; those of Node are left out. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const script = `import { registerHooks } from 'node:module';
    import { writeSync } from 'node:fs';
    const urls = [];
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
    process.on('exit', () => writeSync(2, JSON.stringify(urls)));`;
  const hook = `data:text/javascript,${encodeURIComponent(script)}`;
  const { stderr } = await execa(process.execPath, ['--import', hook, bin, ...args]);
  return (JSON.parse(stderr) as string[]).filter((url) => url.startsWith('file:'));
}

test('the version is told without oclif, as oclif would tell it', async () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  expect(pciem('--version').stdout).toBe(`pciem/${version} linux-${process.arch} node-${process.version}\n`);
  expect((await loadedBy('--version')).filter((url) => url.includes('/node_modules/'))).toEqual([]);
  expect(pciem('--help').stdout).toContain(pciem('--version').stdout.trim());
});

/** Of npm run build; without one that fits, oclif loads every command at each start. */
function hasManifest(): boolean {
  const [manifest, built] = ['oclif.manifest.json', 'dist/.tsbuildinfo'].map((path) => join(packageRoot, path)) as [
    string,
    string,
  ];
  return existsSync(manifest) && statSync(manifest).mtimeMs >= statSync(built).mtimeMs;
}

test.runIf(hasManifest())('a command loads itself and no other', async () => {
  const loaded = await loadedBy('devices');
  expect(loaded.filter((url) => url.includes('/dist/commands/')).map((url) => url.split('/commands/')[1])).toEqual([
    'devices/index.js',
    'failing-command.js',
  ]);
});

test.runIf(hasManifest())('help and lists load neither the native library, nor schemas, nor plugins', async () => {
  for (const args of [['--help'], ['devices'], ['run', '--help']]) {
    const heavy = (await loadedBy(...args)).filter((url) => /\/(koffi|zod|plugins|sdk|capture\/dist)\//.test(url));
    expect(heavy).toEqual([]);
  }
});

test('in a checkout that was not built, it says so', async () => {
  const checkout = mkdtempSync(join(tmpdir(), 'pciem-checkout-'));
  try {
    for (const path of ['bin', 'package.json'])
      cpSync(join(packageRoot, path), join(checkout, path), { recursive: true });
    const end = await execa(process.execPath, [join(checkout, 'bin/run.js'), 'devices'], { reject: false });
    expect(end).toMatchObject({
      exitCode: 1,
      stderr: 'pciem: this checkout has not been built\n  Build it: npm run build',
    });
  } finally {
    rmSync(checkout, { recursive: true });
  }
});
