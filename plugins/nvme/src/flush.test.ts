import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MemoryStore } from './backing/memory.ts';
import { Status } from './status.ts';
import { Driver, noise, transfer } from './testing/driver.ts';

const FLUSH = 0x00;
const WRITE_ZEROES = 0x08;
const FUA = 0x4000_0000;
const WRITE_CACHE = 0x06;

const flush = vi.spyOn(MemoryStore.prototype, 'flush');
const none = { bytes: new Uint8Array(), prp1: 0, prp2: 0 };
let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start();
  flush.mockClear();
});

afterEach(() => {
  flush.mockReset();
  driver.host.close();
});

it('flushes the store for Flush, FUA and without the write cache only', async () => {
  await driver.write(0, noise(512, 1));
  await driver.first.run(transfer(WRITE_ZEROES, none, 0, 8));
  expect(flush).toHaveBeenCalledTimes(0);
  await driver.first.run({ opcode: FLUSH, nsid: 1 });
  expect(flush).toHaveBeenCalledTimes(1);
  await driver.write(0, noise(512, 1), 512, FUA);
  expect(flush).toHaveBeenCalledTimes(2);
  await driver.first.run(transfer(WRITE_ZEROES, none, 0, 8, FUA));
  expect(flush).toHaveBeenCalledTimes(3);
  await driver.setFeature(WRITE_CACHE, 0);
  expect(flush).toHaveBeenCalledTimes(4);
  await driver.write(0, noise(512, 1));
  await driver.first.run(transfer(WRITE_ZEROES, none, 0, 8));
  expect(flush).toHaveBeenCalledTimes(6);
});

it.each([1, 2])('flushes the store at shutdown (SHN %i)', (notification) => {
  driver.cc = driver.cc | (notification << 14);
  expect(flush).toHaveBeenCalledTimes(1);
  driver.cc = driver.cc | (notification << 14);
  expect(flush).toHaveBeenCalledTimes(1);
});

it('reports a flush that fails, and completes a shutdown all the same', async () => {
  flush.mockImplementation(() => {
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
  });
  expect((await driver.first.run({ opcode: FLUSH, nsid: 1 })).status).toBe(Status.WriteFault);
  expect(await driver.write(0, noise(512, 1), 512, FUA)).toBe(Status.WriteFault);
  expect((await driver.setFeature(WRITE_CACHE, 0)).status).toBe(Status.WriteFault);
  flush.mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC: no space left on device, fsync'), { code: 'ENOSPC' });
  });
  expect(await driver.write(0, noise(512, 1))).toBe(Status.CapacityExceeded);
  driver.cc = driver.cc | (1 << 14);
  expect(driver.csts).toBe(1 | (2 << 2));
  expect(driver.host.logs.at(-1)?.text).toContain('ENOSPC');
});
