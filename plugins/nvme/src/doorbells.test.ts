import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Status } from './status.ts';
import { Driver } from './testing/driver.ts';
import { settled } from './testing/queue-pair.ts';

const FLUSH = { opcode: 0x00, nsid: 1 };
const AER = { opcode: 0x0c };
const ERROR_LOG = 0x01;

let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start({ queues: 2 }, 1, 8);
});

afterEach(() => {
  driver.host.close();
});

/** Sends an Asynchronous Event Request, which stays outstanding. */
async function request(): Promise<number> {
  const id = driver.admin.put(AER);
  driver.admin.ringTail();
  await settled();
  return id;
}

const REGISTER = 0x00;
const VALUE = 0x01;

describe('wrong doorbell writes', () => {
  it.each([
    ['the tail of a queue that does not exist', 0x1010, 1, REGISTER],
    ['the head of a queue that does not exist', 0x1014, 1, REGISTER],
    ['a register beyond all queues', 0x1ff8, 1, REGISTER],
    ['a tail beyond the queue', 0x1008, 8, VALUE],
    ['a tail with reserved bits', 0x1008, 0x1_0001, VALUE],
    ['a tail that does not move', 0x1008, 0, VALUE],
    ['a head beyond the queue', 0x100c, 8, VALUE],
    ['a head past the completions', 0x100c, 1, VALUE],
  ])('reports %s as an event', async (_name, offset, value, information) => {
    const id = await request();
    expect(driver.admin.takeAll()).toEqual([]);
    driver.host.write32(0, offset, value);
    expect(driver.admin.takeAll()).toMatchObject([{ id, status: 0, result: (ERROR_LOG << 16) | (information << 8) }]);
    expect(driver.csts).toBe(1);
    expect((await driver.first.run(FLUSH)).status).toBe(0);
  });

  it('reports a tail that overtakes the head', async () => {
    const id = await request();
    // Without room in the completion queue the commands stay in the submission queue.
    for (let i = 0; i < 7; i++) driver.first.put(FLUSH);
    driver.first.ringTail();
    await settled();
    for (let i = 0; i < 7; i++) driver.first.take();
    for (let i = 0; i < 4; i++) driver.first.put(FLUSH);
    driver.first.ringTail();
    await settled();
    expect(driver.admin.takeAll()).toEqual([]);
    driver.host.write32(0, 0x1008, 0);
    await settled();
    expect(driver.admin.takeAll()).toMatchObject([{ id, result: (ERROR_LOG << 16) | (VALUE << 8) }]);
  });

  it('keeps the event until there is a request, and masks its type until the log is read', async () => {
    driver.host.write32(0, 0x1008, 99);
    await settled();
    const first = await request();
    expect(driver.admin.takeAll()).toMatchObject([{ id: first }]);
    const second = await request();
    driver.host.write32(0, 0x1008, 99);
    await settled();
    expect(driver.admin.takeAll()).toEqual([]);
    await driver.getLog(ERROR_LOG, 64, { retain: true });
    driver.host.write32(0, 0x1008, 99);
    await settled();
    expect(driver.admin.takeAll()).toEqual([]);
    await driver.getLog(ERROR_LOG, 64);
    driver.host.write32(0, 0x1008, 99);
    await settled();
    expect(driver.admin.takeAll()).toMatchObject([{ id: second }]);
  });

  it('says nothing while the controller is not enabled', async () => {
    driver.disable();
    driver.host.write32(0, 0x1ff8, 1);
    await settled();
    driver.enable();
    await request();
    expect(driver.admin.takeAll()).toEqual([]);
  });
});

describe('Asynchronous Event Request', () => {
  it('refuses more than four', async () => {
    for (let i = 0; i < 4; i++) await request();
    expect(driver.admin.takeAll()).toEqual([]);
    expect(await driver.status(AER)).toBe(Status.AsyncEventLimitExceeded);
  });

  it('is forgotten by a controller reset', async () => {
    for (let i = 0; i < 4; i++) await request();
    driver.disable();
    driver.enable();
    for (let i = 0; i < 4; i++) await request();
    expect(driver.admin.takeAll()).toEqual([]);
  });

  it('waits for room in the admin completion queue', async () => {
    driver.disable();
    driver.enable(4);
    const event = await request();
    // Three completions that the host does not free.
    for (let i = 0; i < 3; i++) driver.admin.put({ opcode: 0x0a, dwords: [1] });
    driver.admin.ringTail();
    await settled();
    driver.host.write32(0, 0x1ff8, 1);
    await settled();
    expect([driver.admin.take(), driver.admin.take(), driver.admin.take()].map((one) => one?.status)).toEqual([
      0, 0, 0,
    ]);
    expect(driver.admin.take()).toBeUndefined();
    driver.admin.ringHead();
    await settled();
    expect(driver.admin.take()?.id).toBe(event);
  });

  it('ends with Command Abort Requested when aborted', async () => {
    const id = await request();
    driver.admin.put({ opcode: 0x08, dwords: [id << 16], id: 500 });
    driver.admin.ringTail();
    await settled();
    expect(driver.admin.takeAll()).toMatchObject([
      { id, status: Status.AbortRequested, doNotRetry: false, more: false },
      { id: 500, status: 0, result: 0 },
    ]);
  });
});

describe('Abort', () => {
  it.each([
    ['a command that is not outstanding', 77 << 16],
    ['a command of an I/O queue', (77 << 16) | 1],
    ['a queue that does not exist', (77 << 16) | 9],
  ])('does not abort %s', async (_name, dword10) => {
    expect(await driver.ok({ opcode: 0x08, dwords: [dword10] })).toMatchObject({ result: 1 });
  });
});
