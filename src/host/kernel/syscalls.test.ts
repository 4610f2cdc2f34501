import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IoctlArgument } from './argument.ts';
import { ioctl, mmap, munmap, SyscallError, tryIoctl, viewOf } from './syscalls.ts';

/** Bytes of a regular file that are still to be read (asm-generic/ioctls.h). */
const FIONREAD = 0x541b;
const { ENOTTY } = constants.errno;

let directory: string;
let file: string;
let fd: number;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-syscalls-'));
  file = join(directory, 'file');
  writeFileSync(file, new Uint8Array(8192));
  fd = openSync(file, 'r+');
});

afterAll(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

describe('ioctl', () => {
  it('gives the kernel the address of its argument', () => {
    const argument = new IoctlArgument(8);
    argument.words.fill(0xffff_ffff);
    expect(ioctl(fd, FIONREAD, 'FIONREAD', argument.address)).toBe(0);
    expect([...argument.words]).toEqual([8192, 0xffff_ffff]);
  });

  it('returns or throws the errno', () => {
    const nothing = openSync('/dev/null', 'r');
    expect(tryIoctl(nothing, FIONREAD)).toBe(-ENOTTY);
    expect(() => ioctl(nothing, FIONREAD, 'FIONREAD')).toThrow('FIONREAD: inappropriate ioctl for device (ENOTTY)');
    closeSync(nothing);
  });
});

describe('IoctlArgument', () => {
  it('stores 64-bit numbers', () => {
    const argument = new IoctlArgument(16);
    argument.setNumber(8, 0x7fff_1234_5678);
    expect([...argument.words]).toEqual([0, 0, 0x1234_5678, 0x7fff]);
  });
});

describe('mmap', () => {
  it('shows the file itself, at the offset', () => {
    const mapping = mmap(fd, 4096, 4096, 'the file');
    const memory = new Uint8Array(viewOf(mapping));
    memory.set([1, 2, 3]);
    expect([...readFileSync(file).subarray(4095, 4100)]).toEqual([0, 1, 2, 3, 0]);
    // Nothing uses `memory` after this.
    munmap(mapping);
  });

  it('says what could not be mapped, and why', () => {
    expect(() => mmap(-1, 0, 4096, 'the ring')).toThrow(new SyscallError('mmap of the ring', 9));
    expect(() => munmap({ address: 1, length: 4096 })).toThrow('munmap: invalid argument (EINVAL)');
  });
});
