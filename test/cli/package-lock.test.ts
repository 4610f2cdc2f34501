import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/paths.ts';

interface LockedPackage {
  optionalDependencies?: Record<string, string>;
  /** Its publisher has packed it into another package, with what it needs. */
  inBundle?: boolean;
}

function readPackages(file: string): Record<string, LockedPackage> {
  return (JSON.parse(readFileSync(join(packageRoot, file), 'utf8')) as { packages: Record<string, LockedPackage> })
    .packages;
}

// Where the registry lacks a package for another platform, `npm install` leaves it out of the lock file without a
// word, and then `npm ci` fails everywhere.
test('the lock file has an entry for every optional dependency', () => {
  const packages = readPackages('package-lock.json');
  const missing = Object.values(packages)
    .filter(({ inBundle }) => inBundle !== true)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => packages[`node_modules/${name}`] === undefined);
  expect(missing).toEqual([]);
});

test('the lock file has an entry for every workspace', () => {
  const packages = readPackages('package-lock.json');
  const plugins = readdirSync(join(packageRoot, 'plugins')).map((name) => `plugins/${name}`);
  expect(Object.keys(packages)).toEqual(expect.arrayContaining(['sdk', 'capture', ...plugins]));
});
