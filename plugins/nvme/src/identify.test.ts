import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Status } from './status.ts';
import { Driver } from './testing/driver.ts';

const IDENTIFY = 0x06;

let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start({ serial: 'S1', model: 'Model X', size: '64M' }, 0);
});

afterEach(() => {
  driver.host.close();
});

const text = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');

describe('Identify Controller', () => {
  it('has what the Linux driver looks at', async () => {
    const data = await driver.identify(1);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    expect(view.getUint16(0, true)).toBe(driver.host.readConfig16(0x00));
    expect(view.getUint16(2, true)).toBe(driver.host.readConfig16(0x2c));
    expect(text(data, 4, 24)).toBe('S1'.padEnd(20));
    expect(text(data, 24, 64)).toBe('Model X'.padEnd(40));
    expect(text(data, 64, 72)).toBe('1.0'.padEnd(8));
    expect([...data.subarray(73, 76)]).toEqual([0x00, 0x54, 0x52]);
    expect(data[77]).toBe(7);
    expect(view.getUint32(80, true)).toBe(0x10400);
    expect(data[111]).toBe(1);
    expect(view.getUint16(256, true)).toBe(0x2);
    expect([data[258], data[259], data[262], data[263]]).toEqual([3, 3, 63, 0]);
    expect([data[512], data[513]]).toEqual([0x66, 0x44]);
    expect(view.getUint32(516, true)).toBe(1);
    expect(view.getUint16(520, true)).toBe(0x5d);
    expect(data[525]).toBe(7);
    expect(view.getUint32(536, true)).toBe(0);
    expect(text(data, 768, 1024)).toMatch(/^nqn\.2014-08\.org\.nvmexpress:uuid:[0-9a-f-]{36}\0/);
  });
});

describe('Identify Namespace', () => {
  it('tells size and formats', async () => {
    const data = await driver.identify(0, 1);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    expect([0, 8, 16].map((offset) => Number(view.getBigUint64(offset, true)))).toEqual(Array(3).fill(2 ** 26 / 512));
    expect(data[25]).toBe(1);
    expect(data[26]).toBe(0);
    expect(data[33]).toBe(0x9);
    expect([view.getUint32(128, true), view.getUint32(132, true)]).toEqual([0x0209_0000, 0x000c_0000]);
  });

  it.each([0, 2, 0xffffffff])('refuses namespace %i', async (nsid) => {
    const { prp1 } = driver.buffer(4096);
    expect(await driver.status({ opcode: IDENTIFY, nsid, prp1, dwords: [0] })).toBe(Status.InvalidNamespace);
    expect(await driver.status({ opcode: IDENTIFY, nsid, prp1, dwords: [3] })).toBe(Status.InvalidNamespace);
  });
});

describe('namespace identifiers', () => {
  it('lists EUI64, NGUID and UUID, the same as Identify Namespace has', async () => {
    const namespace = await driver.identify(0, 1);
    const list = await driver.identify(3, 1);
    expect([list[0], list[1]]).toEqual([1, 8]);
    expect(list.subarray(4, 12)).toEqual(namespace.subarray(120, 128));
    expect([list[12], list[13]]).toEqual([2, 16]);
    expect(list.subarray(16, 32)).toEqual(namespace.subarray(104, 120));
    expect([list[32], list[33]]).toEqual([3, 16]);
    expect((list[36 + 6] as number) >> 4).toBe(8);
    expect(list.subarray(52).every((byte) => byte === 0)).toBe(true);
  });

  it('depend on the serial number and nothing else', async () => {
    const same = await Driver.start({ serial: 'S1', model: 'Model X', queues: 1 }, 0);
    const other = await Driver.start({ serial: 'S2', model: 'Model X' }, 0);
    const [mine, again, theirs] = await Promise.all([driver, same, other].map((one) => one.identify(3, 1)));
    expect(again).toEqual(mine);
    for (const [from, to] of [
      [4, 12],
      [16, 32],
      [36, 52],
    ]) {
      expect(theirs?.subarray(from, to)).not.toEqual(mine?.subarray(from, to));
    }
    const names = await Promise.all([driver, other].map(async (one) => text(await one.identify(1), 768, 1024)));
    expect(names[0]).not.toBe(names[1]);
    same.host.close();
    other.host.close();
  });

  it('are different for two devices in memory', async () => {
    const [one, two] = [await Driver.start({}, 0), await Driver.start({}, 0)];
    expect(text(await one.identify(1), 4, 24)).not.toBe(text(await two.identify(1), 4, 24));
    one.host.close();
    two.host.close();
  });
});

describe('namespace list', () => {
  it('has the namespaces above the given one', async () => {
    const words = async (nsid: number) => new Uint32Array((await driver.identify(2, nsid)).slice().buffer);
    expect([...(await words(0)).subarray(0, 3)]).toEqual([1, 0, 0]);
    expect((await words(1)).every((id) => id === 0)).toBe(true);
    const { prp1 } = driver.buffer(4096);
    for (const nsid of [0xfffffffe, 0xffffffff]) {
      expect(await driver.status({ opcode: IDENTIFY, nsid, prp1, dwords: [2] })).toBe(Status.InvalidNamespace);
    }
  });
});

describe('admin commands', () => {
  it.each([0x04, 0x05, 0x06, 0x10, 0x12, 0xff])('refuses CNS %i', async (cns) => {
    const { prp1 } = driver.buffer(4096);
    const completion = await driver.admin.run({ opcode: IDENTIFY, prp1, dwords: [cns] });
    expect(completion).toMatchObject({ status: Status.InvalidField, more: true, doNotRetry: true });
  });

  it.each([
    ['Keep Alive, which this controller has not', 0x18],
    ['Firmware Commit', 0x10],
    ['Namespace Management', 0x0d],
    ['a vendor specific opcode', 0xc5],
  ])('refuses %s', async (_name, opcode) => {
    expect(await driver.status({ opcode })).toBe(Status.InvalidOpcode);
  });

  it.each([
    ['first of fused', 0x01],
    ['second of fused', 0x02],
    ['SGL', 0x40],
    ['SGL with metadata segment', 0x80],
  ])('refuses a command marked %s', async (_name, flags) => {
    const { prp1 } = driver.buffer(4096);
    expect(await driver.status({ opcode: IDENTIFY, flags, prp1, dwords: [1] })).toBe(Status.InvalidField);
  });

  it('reports memory that it may not reach as Data Transfer Error, and goes on', async () => {
    const completion = await driver.admin.run({ opcode: IDENTIFY, prp1: 0xdead_0000, dwords: [1] });
    expect(completion).toMatchObject({ status: Status.DataTransferError, doNotRetry: false });
    expect(await driver.identify(1)).toHaveLength(4096);
  });

  it('sends a structure across a page boundary', async () => {
    const buffer = driver.buffer(4096, 1024);
    await driver.ok({ opcode: IDENTIFY, prp1: buffer.prp1, prp2: buffer.prp2, dwords: [1] });
    expect(buffer.bytes).toEqual(await driver.identify(1));
  });
});
