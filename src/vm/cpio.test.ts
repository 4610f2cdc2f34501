import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCpio, directoryMode, executableMode, symlinkMode } from './cpio.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cpio-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('busybox unpacks files of every length modulo 4, directories and links', () => {
  const lengths = [0, 1, 2, 3, 4, 4097];
  const archive = createCpio([
    { path: 'bin', mode: directoryMode },
    ...lengths.map((length) => ({ path: `bin/${length}`, mode: executableMode, data: Buffer.alloc(length, length) })),
    { path: 'link', mode: symlinkMode, data: Buffer.from('bin/4') },
  ]);
  expect(archive.length % 4).toBe(0);
  writeFileSync(join(directory, 'archive'), archive);
  execFileSync('/bin/busybox', ['cpio', '-i', '-F', 'archive'], { cwd: directory, stdio: 'pipe' });
  for (const length of lengths) {
    expect(readFileSync(join(directory, `bin/${length}`))).toEqual(Buffer.alloc(length, length));
    expect(statSync(join(directory, `bin/${length}`)).mode).toBe(executableMode);
  }
  expect(readlinkSync(join(directory, 'link'))).toBe('bin/4');
});
