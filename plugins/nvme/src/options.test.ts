import { describe, expect, it } from 'vitest';
import { optionsSchema } from './options.ts';
import { parseSize } from './size.ts';

describe('sizes', () => {
  it.each([
    ['4096', 4096],
    ['256M', 256 * 2 ** 20],
    ['4G', 4 * 2 ** 30],
    ['4g', 4 * 2 ** 30],
    ['1T', 2 ** 40],
    ['16KiB', 16384],
    ['16 KiB', undefined],
    ['1.5G', undefined],
    ['-1', undefined],
    ['', undefined],
    ['9999999999T', undefined],
  ])('%j is %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});

describe('options', () => {
  it('has defaults', () => {
    expect(optionsSchema.parse({})).toEqual({ lbaSize: 512, queues: 4, doorbellBuffer: false, model: 'pciem NVMe' });
  });

  it('takes text, as from a command line', () => {
    const options = { size: '1G', lbaSize: '4096', queues: '64', backing: 'a.img', serial: 'X', model: 'Y' };
    const parsed = { ...options, size: 2 ** 30, lbaSize: 4096, queues: 64, doorbellBuffer: true };
    expect(optionsSchema.parse({ ...options, doorbellBuffer: 'true' })).toEqual(parsed);
  });

  it.each([
    [{ size: '1000' }, '1000 is not a size: give a multiple of 4096 bytes up to 1T, e.g. 256M or 4G'],
    [{ size: 'big' }, 'big is not a size'],
    [{ size: 0 }, '0 is not a size'],
    [{ size: '2T' }, '2T is not a size'],
    [{ lbaSize: 1024 }, '1024 is not an LBA size: 512 or 4096'],
    [{ queues: 0 }, '0 is not a number of I/O queue pairs: 1 to 64'],
    [{ queues: '65' }, '65 is not a number of I/O queue pairs: 1 to 64'],
    [{ doorbellBuffer: 'yes' }, 'yes is not false or true'],
    [{ backing: '' }, 'the file name is empty'],
    [{ serial: '' }, 'serial is empty'],
    [{ serial: 'x'.repeat(21) }, 'is longer than 20 characters'],
    [{ model: 'Größe' }, 'Größe has characters other than printable ASCII'],
    [{ colour: 'red' }, 'colour'],
  ])('refuses %j', (options, message) => {
    const result = optionsSchema.safeParse(options);
    expect(result.success).toBe(false);
    expect(result.error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});
