import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/paths.ts';

interface LockedPackage {
  optionalDependencies?: Record<string, string>;
}

// Where the registry lacks a package for another platform, `npm install` leaves it out of the lock file without a
// word, and then `npm ci` fails everywhere.
test('the lock file has an entry for every optional dependency', () => {
  const { packages } = JSON.parse(readFileSync(join(packageRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => packages[`node_modules/${name}`] === undefined);
  expect(missing).toEqual([]);
});
