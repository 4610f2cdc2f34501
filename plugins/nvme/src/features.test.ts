import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Status } from './status.ts';
import { Driver } from './testing/driver.ts';
import { settled } from './testing/queue-pair.ts';

const ARBITRATION = 0x01;
const POWER = 0x02;
const TEMPERATURE = 0x04;
const ERROR_RECOVERY = 0x05;
const WRITE_CACHE = 0x06;
const QUEUES = 0x07;
const COALESCING = 0x08;
const VECTOR = 0x09;
const ATOMICITY = 0x0a;
const EVENTS = 0x0b;
const TIMESTAMP = 0x0e;
const HOST_ID = 0x81;

const CURRENT = 0;
const DEFAULT = 1;
const SAVED = 2;
const CAPABILITIES = 3;

let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start({ queues: 3 }, 0);
});

afterEach(() => {
  vi.useRealTimers();
  driver.host.close();
});

const set = async (...args: Parameters<Driver['setFeature']>) => (await driver.setFeature(...args)).status;

describe('plain features', () => {
  it.each([
    ['Arbitration', ARBITRATION, 5, 0x01020303, 0b101],
    ['Temperature Threshold', TEMPERATURE, 343, 350, 0b101],
    ['Error Recovery', ERROR_RECOVERY, 0, 0x1234, 0b111],
    ['Volatile Write Cache', WRITE_CACHE, 1, 0, 0b101],
    ['Interrupt Coalescing', COALESCING, 0, 0x0a05, 0b101],
    ['Write Atomicity', ATOMICITY, 0, 1, 0b101],
    ['Asynchronous Event Configuration', EVENTS, 0, 0x1f, 0b100],
    ['Power Management', POWER, 0, 0x20, 0b100],
  ])('%s: default, set, reset, saved', async (_name, id, initial, value, capabilities) => {
    expect(await driver.getFeature(id)).toBe(initial);
    expect(await driver.getFeature(id, CAPABILITIES)).toBe(capabilities);
    expect(await set(id, value)).toBe(Status.Success);
    expect(await driver.getFeature(id, CURRENT)).toBe(value);
    expect(await driver.getFeature(id, DEFAULT)).toBe(initial);
    expect(await driver.getFeature(id, SAVED)).toBe(initial);
    driver.disable();
    driver.enable();
    expect(await driver.getFeature(id)).toBe(initial);

    const saveable = (capabilities & 1) === 1;
    expect(await set(id, value, { save: true })).toBe(saveable ? Status.Success : Status.FeatureNotSaveable);
    driver.disable();
    driver.enable();
    expect(await driver.getFeature(id)).toBe(saveable ? value : initial);
  });

  it.each([
    ['a power state that does not exist', POWER, 1],
    ['errors for deallocated blocks', ERROR_RECOVERY, 0x10000],
    ['events that are not supported', EVENTS, 0x100],
    ['a temperature sensor that does not exist', TEMPERATURE, 0x1_0000 | 300],
    ['a threshold type that does not exist', TEMPERATURE, 0x20_0000 | 300],
    ['a vector that does not exist', VECTOR, 4],
    ['a feature that does not exist', 0x03, 0],
    ['a reserved feature', 0x00, 0],
  ])('refuses %s', async (_name, id, value) => {
    expect(await set(id, value)).toBe(Status.InvalidField);
  });

  it('refuses to get what does not exist', async () => {
    for (const dwords of [[0x0c], [0x00], [ARBITRATION | (4 << 8)], [VECTOR, 4], [VECTOR | (DEFAULT << 8), 4]]) {
      expect(await driver.status({ opcode: 0x0a, dwords })).toBe(Status.InvalidField);
    }
  });

  it('takes a namespace for namespace features only', async () => {
    expect(await set(ERROR_RECOVERY, 7, { nsid: 1 })).toBe(Status.Success);
    expect(await set(WRITE_CACHE, 1, { nsid: 1 })).toBe(Status.FeatureNotNamespaceSpecific);
    expect(await set(WRITE_CACHE, 1, { nsid: 0xffffffff })).toBe(Status.Success);
    expect(await set(ERROR_RECOVERY, 7, { nsid: 2 })).toBe(Status.InvalidNamespace);
  });

  it('keeps the two temperature thresholds apart', async () => {
    const under = 1 << 20;
    await set(TEMPERATURE, under | 280);
    expect(await driver.getFeature(TEMPERATURE, CURRENT, under)).toBe(280);
    expect(await driver.getFeature(TEMPERATURE, CURRENT, 0)).toBe(343);
    expect(await driver.getFeature(TEMPERATURE, DEFAULT, under)).toBe(0);
  });

  it('keeps a configuration for each vector', async () => {
    await set(VECTOR, 0x1_0002);
    expect(await driver.getFeature(VECTOR, CURRENT, 2)).toBe(0x1_0002);
    expect(await driver.getFeature(VECTOR, CURRENT, 1)).toBe(1);
  });
});

describe('Number of Queues', () => {
  it('grants what there is', async () => {
    expect((await driver.setFeature(QUEUES, 0x0007_0007)).result).toBe(0x0002_0002);
    expect(await driver.getFeature(QUEUES)).toBe(0x0002_0002);
  });

  it.each([0x0000_ffff, 0xffff_0000])('refuses 65536 queues (%i)', async (value) => {
    expect(await set(QUEUES, value)).toBe(Status.InvalidField);
  });

  it('comes too late when there are I/O queues', async () => {
    await driver.createQueues(1, 8);
    expect(await set(QUEUES, 0)).toBe(Status.CommandSequenceError);
  });

  it('cannot be saved', async () => {
    expect(await set(QUEUES, 0, { save: true })).toBe(Status.FeatureNotSaveable);
    expect(await driver.getFeature(QUEUES, CAPABILITIES)).toBe(0b100);
  });
});

describe('Timestamp', () => {
  const get = async () => {
    const data = await driver.receive({ opcode: 0x0a, dwords: [TIMESTAMP] }, 8);
    return { time: Buffer.from(data).readUIntLE(0, 6), attributes: data[6] };
  };

  it('counts from the reset until the host sets it', async () => {
    const first = await get();
    expect(first.attributes).toBe(0);
    expect(first.time).toBeLessThan(60_000);

    const buffer = driver.buffer(8);
    Buffer.from(buffer.bytes.buffer).writeUIntLE(1_700_000_000_000, 0, 6);
    await driver.ok({ opcode: 0x09, prp1: buffer.prp1, dwords: [TIMESTAMP] });
    const second = await get();
    expect(second.attributes).toBe(0b010);
    expect(second.time - 1_700_000_000_000).toBeGreaterThanOrEqual(0);
    expect(second.time - 1_700_000_000_000).toBeLessThan(10_000);

    driver.disable();
    driver.enable();
    expect((await get()).attributes).toBe(0);
  });
});

describe('Host Identifier', () => {
  const setId = (length: 8 | 16) => {
    const buffer = driver.buffer(length);
    buffer.bytes.fill(0xa5);
    return driver.status({ opcode: 0x09, prp1: buffer.prp1, dwords: [HOST_ID, length === 16 ? 1 : 0] });
  };

  it.each([8, 16] as const)('can be set once with %i bytes', async (length) => {
    expect(await setId(length)).toBe(Status.Success);
    const data = await driver.receive({ opcode: 0x0a, dwords: [HOST_ID, 1] }, 16);
    expect([...data]).toEqual([...Array(length).fill(0xa5), ...Array(16 - length).fill(0)]);
    expect(await setId(length)).toBe(Status.CommandSequenceError);
    driver.disable();
    driver.enable();
    expect(await setId(length)).toBe(Status.Success);
  });
});

describe('what features do', () => {
  const FLUSH = { opcode: 0x00, nsid: 1 };

  it('holds interrupts back with Interrupt Coalescing, on I/O queues only', async () => {
    await driver.createQueues(1, 32);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    // Four completions or 10 ms.
    await set(COALESCING, (100 << 8) | 3);
    const arrived = (of = 1) => driver.host.irqs.filter((vector) => vector === of).length;
    const admin = arrived(0);
    await driver.getFeature(COALESCING);
    expect(arrived(0)).toBe(admin + 1);
    const before = arrived();
    for (let i = 0; i < 3; i++) await driver.first.run(FLUSH);
    expect(arrived()).toBe(before);
    await driver.first.run(FLUSH);
    expect(arrived()).toBe(before + 1);
    await driver.first.run(FLUSH);
    expect(arrived()).toBe(before + 1);
    vi.advanceTimersByTime(9);
    expect(arrived()).toBe(before + 1);
    vi.advanceTimersByTime(1);
    expect(arrived()).toBe(before + 2);
    await set(VECTOR, 0x1_0001);
    await driver.first.run(FLUSH);
    expect(arrived()).toBe(before + 3);
  });

  it('limits the commands of a turn with the Arbitration Burst', async () => {
    await driver.createQueues(1, 32);
    await set(ARBITRATION, 1);
    for (let i = 0; i < 8; i++) driver.first.put(FLUSH);
    const before = driver.host.irqs.length;
    driver.first.ringTail();
    await settled();
    expect(driver.host.irqs.slice(before)).toEqual([1, 1, 1, 1]);
  });

  it('reports a temperature beyond the threshold once it is asked to', async () => {
    const id = driver.admin.put({ opcode: 0x0c });
    driver.admin.ringTail();
    await settled();
    await set(TEMPERATURE, 300);
    expect((await driver.getLog(0x02, 512, { retain: true }))[0]).toBe(0x2);
    expect(driver.admin.takeAll()).toEqual([]);
    driver.admin.put({ opcode: 0x09, id: 900, dwords: [EVENTS, 0x2] });
    driver.admin.ringTail();
    await settled();
    expect(driver.admin.takeAll()).toMatchObject([{ id: 900 }, { id, result: (0x02 << 16) | (0x01 << 8) | 1 }]);
    await set(TEMPERATURE, 312);
    expect((await driver.getLog(0x02, 512, { retain: true }))[0]).toBe(0);
    await set(TEMPERATURE, 311);
    expect((await driver.getLog(0x02, 512, { retain: true }))[0]).toBe(0x2);
    await set(TEMPERATURE, (1 << 20) | 311);
    await set(TEMPERATURE, 343);
    expect((await driver.getLog(0x02, 512, { retain: true }))[0]).toBe(0x2);
    await set(TEMPERATURE, (1 << 20) | 310);
    expect((await driver.getLog(0x02, 512))[0]).toBe(0);
  });
});
