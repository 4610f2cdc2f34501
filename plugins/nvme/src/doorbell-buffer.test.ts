import type { DmaDirection, SimAllocation } from '@pciem/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Status } from './status.ts';
import { Driver, transfer } from './testing/driver.ts';
import { settled } from './testing/queue-pair.ts';

const CONFIG = 0x7c;
const FLUSH = { opcode: 0x00, nsid: 1 };
const AER = { opcode: 0x0c };
const OACS_BIT = 1 << 8;
const EFFECTS_LOG = 0x05;
const FATAL = 1 << 1;

let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start({ doorbellBuffer: true, queues: 2 }, 1, 8);
});

afterEach(() => {
  driver.host.close();
});

const words = ({ bytes }: SimAllocation) => new Uint32Array(bytes.buffer, bytes.byteOffset, 1024);

/** Gives the controller both buffers, and uses them from then on. */
async function configure(direction?: DmaDirection) {
  const { memory } = driver.host;
  const shadow = memory.alloc(4096, direction ? { direction } : {});
  const eventIndex = memory.alloc(4096);
  await driver.ok({ opcode: CONFIG, prp1: shadow.address, prp2: eventIndex.address });
  const doorbells = { shadow: words(shadow), eventIndex: words(eventIndex) };
  for (const queue of driver.io) queue.doorbells = doorbells;
  return { ...doorbells, memory: shadow };
}

const dword = (bytes: Uint8Array, offset: number) =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);

describe('Doorbell Buffer Config', () => {
  it('is told of by Identify and by the log of commands', async () => {
    expect(dword(await driver.identify(1), 256) & OACS_BIT).toBe(OACS_BIT);
    expect(dword(await driver.getLog(EFFECTS_LOG, 4096), CONFIG * 4)).toBe(1);
  });

  it('is an invalid opcode unless it was asked for', async () => {
    const other = await Driver.start();
    expect(dword(await other.identify(1), 256) & OACS_BIT).toBe(0);
    expect(dword(await other.getLog(EFFECTS_LOG, 4096), CONFIG * 4)).toBe(0);
    expect(await other.status({ opcode: CONFIG, prp1: 0x1000, prp2: 0x2000 })).toBe(Status.InvalidOpcode);
    other.host.close();
  });

  it.each([
    ['no shadow doorbells', 0, 0x2000],
    ['no EventIdx', 0x1000, 0],
    ['shadow doorbells inside a page', 0x1008, 0x2000],
    ['EventIdx inside a page', 0x1000, 0x2004],
    ['an address beyond all buses', 2 ** 60, 0x2000],
  ])('refuses %s', async (_name, prp1, prp2) => {
    expect(await driver.status({ opcode: CONFIG, prp1, prp2 })).toBe(Status.InvalidField);
    expect((await driver.first.run(FLUSH)).status).toBe(0);
  });
});

describe.each([
  ['coherent memory', undefined],
  ['memory mapped for a transfer', 'to-device' as const],
])('shadow doorbells in %s', (_name, direction) => {
  it('carry commands around the queue many times', async () => {
    const { shadow } = await configure(direction);
    const buffer = driver.buffer(512);
    for (let i = 0; i < 50; i++) {
      buffer.bytes.fill(i);
      expect((await driver.first.run(transfer(1, buffer, i, 1))).status).toBe(0);
    }
    expect(shadow[2]).toBe(50 % 8);
    expect(shadow[3]).toBe(50 % 8);
    expect((await driver.read(0, 50 * 512)).filter((byte, at) => byte !== Math.floor(at / 512))).toHaveLength(0);
  });

  it('count, and not what the register is written with', async () => {
    const { shadow } = await configure(direction);
    for (let i = 0; i < 3; i++) driver.first.put(FLUSH);
    shadow[2] = 3;
    driver.host.write32(0, 0x1008, 1);
    await settled();
    expect(driver.first.takeAll()).toHaveLength(3);
  });

  it('make room in a full completion queue', async () => {
    await configure(direction);
    const queue = driver.first;
    for (let i = 0; i < 7; i++) queue.put(FLUSH);
    queue.ringTail();
    await settled();
    for (let i = 0; i < 7; i++) expect(queue.take()).toMatchObject({ status: 0 });
    for (let i = 0; i < 7; i++) queue.put(FLUSH);
    queue.ringTail();
    await settled();
    expect(queue.take()).toBeUndefined();
    queue.ringHead();
    await settled();
    expect(queue.takeAll()).toHaveLength(7);
  });

  it('beyond the queue are reported as an event, once', async () => {
    const { shadow } = await configure(direction);
    const id = driver.admin.put(AER);
    driver.admin.ringTail();
    await settled();
    shadow[2] = 8;
    driver.host.write32(0, 0x1008, 0);
    await settled();
    expect(driver.admin.takeAll()).toMatchObject([{ id, status: 0, result: 0x01_01_00 }]);
    shadow[2] = 0;
    expect((await driver.first.run(FLUSH)).status).toBe(0);
  });

  it('end with a reset of the controller', async () => {
    const { shadow } = await configure(direction);
    driver.disable();
    driver.enable();
    await driver.createQueues(1, 8);
    shadow.fill(5);
    expect((await driver.first.run(FLUSH)).status).toBe(0);
  });

  it('stop the controller when the host has taken them away', async () => {
    const { memory } = await configure(direction);
    driver.host.memory.free(memory);
    driver.first.put(FLUSH);
    driver.first.doorbells = undefined;
    driver.first.ringTail();
    await settled();
    expect(driver.first.take()).toBeUndefined();
    if (direction !== undefined) expect(driver.csts & FATAL).toBe(FATAL);
  });
});

describe('a controller that is awake', () => {
  it('finds doorbells that are only in memory', async () => {
    const { shadow } = await configure();
    await driver.createQueue(2, 4096);
    const [other, busy] = driver.io as [Driver['first'], Driver['first']];
    busy.doorbells = other.doorbells;
    const buffer = driver.buffer(4096);
    for (let i = 0; i < 4000; i++) busy.put(transfer(2, buffer, 0, 8));
    busy.ringTail();
    expect(busy.take()).toBeDefined();
    // It works on the event loop now; nothing is written to a register.
    other.put(FLUSH);
    shadow[2] = 1;
    await new Promise((resolve) => setImmediate(resolve));
    expect(other.take()).toMatchObject({ status: 0 });
  });

  it('starts a queue that is made again with what its entry holds', async () => {
    const { shadow } = await configure();
    for (let i = 0; i < 3; i++) await driver.first.run(FLUSH);
    await driver.ok({ opcode: 0x00, dwords: [1] });
    await driver.ok({ opcode: 0x04, dwords: [1] });
    const { doorbells } = driver.first;
    const queue = await driver.createQueue(1, 8);
    expect(shadow[2]).toBe(3);
    shadow.fill(0, 2, 4);
    queue.doorbells = doorbells;
    expect((await queue.run(FLUSH)).status).toBe(0);
  });
});
