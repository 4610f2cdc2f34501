import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kernelFromOption } from './find.ts';
import { kernelFromDirectory, releaseOfImage } from './kernel.ts';

const release = '6.99.1-test';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kernel-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A file with the boot header of a bzImage and nothing else. */
function writeImage(): string {
  const bytes = Buffer.alloc(1024);
  bytes.write('HdrS', 0x202);
  bytes.writeUInt16LE(0x100, 0x20e);
  bytes.write(`${release} (somebody@somewhere) #1 SMP`, 0x300);
  const image = join(directory, 'vmlinuz');
  writeFileSync(image, bytes);
  return image;
}

function writeModules(): string {
  const modules = join(directory, 'modules', release);
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, 'modules.dep'), '');
  return modules;
}

test('reads the release from the boot header', () => {
  expect(releaseOfImage(writeImage())).toBe(release);
});

test('a file that is no kernel is named', () => {
  const file = join(directory, 'text');
  writeFileSync(file, 'hello');
  expect(() => releaseOfImage(file)).toThrow(`${file} is not an x86 kernel image`);
});

test('a directory with image and modules is a kernel; headers are optional', () => {
  const image = writeImage();
  const modules = writeModules();
  expect(kernelFromDirectory(directory, 'given')).toEqual({ release, image, modules, source: 'given' });
  mkdirSync(join(directory, 'build'));
  writeFileSync(join(directory, 'build/Makefile'), '');
  expect(kernelFromDirectory(directory, 'given')?.build).toBe(join(directory, 'build'));
});

test('an image finds its modules beside it, and says where it looked', () => {
  const image = writeImage();
  expect(() => kernelFromOption(image)).toThrow(`it is ${release}, but its modules are neither in`);
  const modules = writeModules();
  expect(kernelFromOption(image)).toEqual({ release, image, modules, source: 'given' });
});

test('a kernel that is not there is named', () => {
  expect(() => kernelFromOption('9.9.9-none')).toThrow('--kernel 9.9.9-none: no such file');
});
