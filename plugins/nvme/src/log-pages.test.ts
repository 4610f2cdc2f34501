import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Status } from './status.ts';
import { Driver, noise } from './testing/driver.ts';

const GET_LOG = 0x02;
const ERROR = 0x01;
const SMART = 0x02;
const FIRMWARE = 0x03;
const EFFECTS = 0x05;

let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start();
});

afterEach(() => {
  driver.host.close();
});

const words = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.length);

describe('Get Log Page', () => {
  it.each([
    ['a page that does not exist', [0x00], Status.InvalidLogPage],
    ['the changed namespace list', [0x04], Status.InvalidLogPage],
    ['the sanitize status', [0x81], Status.InvalidLogPage],
    ['an offset that is not a multiple of 4', [SMART, 0, 2], Status.InvalidField],
    ['an offset beyond the page', [SMART, 0, 516], Status.InvalidField],
    ['a huge offset', [SMART, 0, 0, 1], Status.InvalidField],
    ['more than MDTS', [SMART, 0x8], Status.InvalidField],
  ])('refuses %s', async (_name, dwords, status) => {
    expect(await driver.status({ opcode: GET_LOG, prp1: driver.buffer(4096).prp1, dwords })).toBe(status);
  });

  it('refuses SMART of a namespace', async () => {
    const entry = { opcode: GET_LOG, prp1: driver.buffer(4096).prp1, dwords: [SMART] };
    expect(await driver.status({ ...entry, nsid: 1 })).toBe(Status.InvalidField);
    expect(await driver.status({ ...entry, nsid: 0xffffffff })).toBe(Status.Success);
  });

  it('reads from an offset, and zeroes past the end', async () => {
    const whole = await driver.getLog(FIRMWARE, 512);
    expect(await driver.getLog(FIRMWARE, 8, { offset: 8 })).toEqual(whole.subarray(8, 16));
    const long = await driver.getLog(FIRMWARE, 8192, { offset: 8 });
    expect(long.subarray(0, 504)).toEqual(whole.subarray(8));
    expect(long.subarray(504).every((byte) => byte === 0)).toBe(true);
  });

  it('has the firmware revision in slot 1', async () => {
    const data = await driver.getLog(FIRMWARE, 512);
    expect(data[0]).toBe(1);
    expect(Buffer.from(data.subarray(8, 16)).toString()).toBe('1.0     ');
  });

  it('lists exactly the commands that work', async () => {
    const view = words(await driver.getLog(EFFECTS, 4096));
    const admin = Array.from({ length: 256 }, (_, i) => i).filter((i) => view.getUint32(i * 4, true) & 1);
    const io = Array.from({ length: 256 }, (_, i) => i).filter((i) => view.getUint32(1024 + i * 4, true) & 1);
    expect(admin).toEqual([0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 0x80]);
    expect(io).toEqual([0, 1, 2, 5, 8, 9]);
    for (let opcode = 0; opcode < 256; opcode++) {
      if (io.includes(opcode)) continue;
      expect((await driver.first.run({ opcode, nsid: 1 })).status).toBe(Status.InvalidOpcode);
    }
  });
});

describe('SMART / Health', () => {
  const counters = async () => {
    const view = words(await driver.getLog(SMART, 512));
    const at = (offset: number) => Number(view.getBigUint64(offset, true));
    return { unitsRead: at(32), unitsWritten: at(48), reads: at(64), writes: at(80), media: at(160), errors: at(176) };
  };

  it('counts commands and units of 1000 blocks, rounded up', async () => {
    expect(await counters()).toEqual({ unitsRead: 0, unitsWritten: 0, reads: 0, writes: 0, media: 0, errors: 0 });
    const data = noise(128 * 1024, 1);
    for (let i = 0; i < 4; i++) await driver.write(i * 256, data);
    await driver.read(0, 512);
    expect(await counters()).toMatchObject({ unitsRead: 1, unitsWritten: 2, reads: 1, writes: 4 });
  });

  it('has a plausible state', async () => {
    const data = await driver.getLog(SMART, 512);
    expect([data[0], data[3], data[4], data[5]]).toEqual([0, 100, 10, 0]);
    expect(words(data).getUint16(1, true)).toBe(311);
    expect(data[112]).toBe(1);
  });
});

describe('Error Information', () => {
  it('has the failed commands, newest first', async () => {
    expect((await driver.getLog(ERROR, 64)).every((byte) => byte === 0)).toBe(true);
    await driver.admin.run({ opcode: 0x06, id: 0x111, prp1: driver.buffer(4096).prp1, dwords: [0x77] });
    await driver.first.run({ opcode: 0x02, id: 0x222, nsid: 1, prp1: driver.buffer(512).prp1, dwords: [0x9999999] });
    const page = await driver.getLog(ERROR, 4096);
    const entry = (index: number) => {
      const view = words(page.subarray(index * 64, index * 64 + 64));
      return {
        count: Number(view.getBigUint64(0, true)),
        queue: view.getUint16(8, true),
        command: view.getUint16(10, true),
        status: (view.getUint16(12, true) >>> 1) & 0x7ff,
        location: view.getUint16(14, true),
        lba: Number(view.getBigUint64(16, true)),
        nsid: view.getUint32(24, true),
      };
    };
    const lba = {
      count: 2,
      queue: 1,
      command: 0x222,
      status: Status.LbaOutOfRange,
      location: 40,
      lba: 0x9999999,
      nsid: 1,
    };
    expect(entry(0)).toEqual(lba);
    expect(entry(1)).toMatchObject({ count: 1, queue: 0, command: 0x111, status: Status.InvalidField, location: 40 });
    expect(entry(2)).toMatchObject({ count: 0 });
  });

  it('keeps the last 64', async () => {
    for (let i = 0; i < 70; i++) await driver.first.run({ opcode: 0x77, id: i });
    const page = words(await driver.getLog(ERROR, 4096));
    expect(Number(page.getBigUint64(0, true))).toBe(70);
    expect(Number(page.getBigUint64(63 * 64, true))).toBe(7);
  });
});
