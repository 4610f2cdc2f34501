import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Status } from './status.ts';
import { Driver, noise, transfer } from './testing/driver.ts';
import { QueuePair, settled } from './testing/queue-pair.ts';

const FLUSH = { opcode: 0x00, nsid: 1 };
const CREATE_CQ = 0x05;
const CREATE_SQ = 0x01;
const DELETE_SQ = 0x00;
const DELETE_CQ = 0x04;

let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start({ queues: 4 }, 0);
});

afterEach(() => {
  driver.host.close();
});

const geometry = (id: number, size: number) => (id | ((size - 1) << 16)) >>> 0;

describe('Create I/O Completion Queue', () => {
  const base = { id: 1, size: 16, prp1: 0, flags: 3, vector: 1 };
  const create = (changes: Partial<typeof base>) => {
    const { id, size, prp1, flags, vector } = { ...base, prp1: driver.buffer(4096).prp1, ...changes };
    return driver.admin.run({ opcode: CREATE_CQ, prp1, dwords: [geometry(id, size), flags | (vector << 16)] });
  };

  it.each([
    ['accepts the largest queue', { size: 4096 }, Status.Success],
    ['accepts the last vector', { vector: 4 }, Status.Success],
    ['refuses identifier 0', { id: 0 }, Status.InvalidQueueIdentifier],
    ['refuses an identifier above the number of queues', { id: 5 }, Status.InvalidQueueIdentifier],
    ['refuses a queue of one entry', { size: 1 }, Status.InvalidQueueSize],
    ['refuses a queue larger than CAP.MQES', { size: 4097 }, Status.InvalidQueueSize],
    ['refuses a queue that is not contiguous', { flags: 2 }, Status.InvalidField],
    ['refuses a vector that does not exist', { vector: 5 }, Status.InvalidInterruptVector],
    ['refuses an address inside a page', { prp1: 0x1_0000_0800 }, Status.PrpOffsetInvalid],
  ])('%s', async (_name, changes, status) => {
    const completion = await create(changes);
    expect(completion.status).toBe(status);
    expect(completion.doNotRetry).toBe(status !== Status.Success);
  });

  it('refuses an identifier that is in use', async () => {
    expect((await create({})).status).toBe(Status.Success);
    expect((await create({})).status).toBe(Status.InvalidQueueIdentifier);
  });

  it('refuses queues while CC.IOCQES and CC.IOSQES are not set', async () => {
    driver.disable();
    driver.enable(32, 1);
    expect((await create({})).status).toBe(Status.InvalidQueueSize);
  });
});

describe('Create I/O Submission Queue', () => {
  const base = { id: 1, size: 16, prp1: 0, flags: 1, completion: 1 };
  const create = async (changes: Partial<typeof base>) => {
    const { id, size, prp1, flags, completion } = { ...base, prp1: driver.buffer(4096).prp1, ...changes };
    const dwords = [geometry(id, size), (flags | (completion << 16)) >>> 0];
    return driver.status({ opcode: CREATE_SQ, prp1, dwords });
  };

  beforeEach(async () => {
    await driver.ok({ opcode: CREATE_CQ, prp1: driver.buffer(4096).prp1, dwords: [geometry(1, 16), 3 | (1 << 16)] });
  });

  it.each([
    ['accepts a queue', {}, Status.Success],
    ['accepts any priority', { flags: 7 }, Status.Success],
    ['refuses identifier 0', { id: 0 }, Status.InvalidQueueIdentifier],
    ['refuses an identifier above the number of queues', { id: 5 }, Status.InvalidQueueIdentifier],
    ['refuses a queue of one entry', { size: 1 }, Status.InvalidQueueSize],
    ['refuses a queue larger than CAP.MQES', { size: 4097 }, Status.InvalidQueueSize],
    ['refuses a queue that is not contiguous', { flags: 0 }, Status.InvalidField],
    ['refuses the admin completion queue', { completion: 0 }, Status.InvalidQueueIdentifier],
    ['refuses a completion queue that cannot be', { completion: 5 }, Status.InvalidQueueIdentifier],
    ['refuses a completion queue that does not exist', { completion: 2 }, Status.CompletionQueueInvalid],
    ['refuses an address inside a page', { prp1: 0x1_0000_0040 }, Status.PrpOffsetInvalid],
  ])('%s', async (_name, changes, status) => {
    expect(await create(changes)).toBe(status);
  });
});

describe('deleting queues', () => {
  beforeEach(() => driver.createQueues(2, 16));

  it('refuses to delete a completion queue that is in use', async () => {
    expect(await driver.status({ opcode: DELETE_CQ, dwords: [1] })).toBe(Status.InvalidQueueDeletion);
    await driver.ok({ opcode: DELETE_SQ, dwords: [1] });
    await driver.ok({ opcode: DELETE_CQ, dwords: [1] });
    await driver.createQueue(1, 16);
    expect(driver.io[2]?.id).toBe(1);
  });

  it.each([
    ['submission', DELETE_SQ],
    ['completion', DELETE_CQ],
  ])('refuses to delete %s queues that are not there', async (_name, opcode) => {
    for (const id of [0, 3, 5, 0xffff]) {
      expect(await driver.status({ opcode, dwords: [id] })).toBe(Status.InvalidQueueIdentifier);
    }
  });

  it('ends the commands of a deleted queue without completions', async () => {
    const queue = driver.first;
    queue.put(FLUSH);
    await driver.ok({ opcode: DELETE_SQ, dwords: [1] });
    queue.ringTail();
    await settled();
    expect(queue.take()).toBeUndefined();
  });
});

describe('queues at work', () => {
  it('wraps around many times, reporting head, queue and identifier', async () => {
    await driver.createQueues(2, 5);
    for (let i = 0; i < 23; i++) {
      const completion = await driver.first.run({ ...FLUSH, id: i + 100 });
      expect(completion).toMatchObject({ status: 0, sqId: 1, sqHead: (i + 1) % 5, id: i + 100 });
    }
  });

  it('carries out a batch that wraps, in order, with one interrupt', async () => {
    await driver.createQueues(1, 8);
    for (let i = 0; i < 5; i++) await driver.first.run(FLUSH);
    const before = driver.host.irqs.length;
    const ids = [1, 2, 3, 4, 5, 6, 7].map((id) => driver.first.put({ ...FLUSH, id: 40 + id }));
    driver.first.ringTail();
    await settled();
    expect(driver.first.takeAll().map(({ id }) => id)).toEqual(ids);
    expect(driver.host.irqs.slice(before)).toEqual([1]);
  });

  it('interrupts on the vector of the queue, and not at all without IEN', async () => {
    await driver.createQueue(1, 8, 3);
    await driver.first.run(FLUSH);
    expect(driver.host.irqs.at(-1)).toBe(3);
    const silent = new QueuePair(driver.host, 2, 8);
    await driver.ok({ opcode: CREATE_CQ, prp1: silent.cq.address, dwords: [geometry(2, 8), 1] });
    await driver.ok({ opcode: CREATE_SQ, prp1: silent.sq.address, dwords: [geometry(2, 8), 1 | (2 << 16)] });
    const before = driver.host.irqs.length;
    expect((await silent.run(FLUSH)).status).toBe(0);
    expect(driver.host.irqs).toHaveLength(before);
  });

  it('stops when the completion queue is full and goes on when entries are freed', async () => {
    // Six commands fit into the submission queue, three completions into the completion queue.
    const queue = new QueuePair(driver.host, 1, 16, 4);
    await driver.ok({ opcode: CREATE_CQ, prp1: queue.cq.address, dwords: [geometry(1, 4), 3 | (1 << 16)] });
    await driver.ok({ opcode: CREATE_SQ, prp1: queue.sq.address, dwords: [geometry(1, 16), 1 | (1 << 16)] });
    for (let i = 0; i < 8; i++) queue.put({ ...FLUSH, id: i });
    queue.ringTail();
    await settled();
    const seen: number[] = [];
    for (let one = queue.take(); one; one = queue.take()) {
      seen.push(one.id);
      expect(one.sqHead).toBe(3);
    }
    expect(seen).toEqual([0, 1, 2]);
    queue.ringHead(1);
    await settled();
    expect(queue.take()?.id).toBe(3);
    expect(queue.take()).toBeUndefined();
    queue.ringHead(0);
    await settled();
    expect([queue.take()?.id, queue.take()?.id, queue.take()?.id]).toEqual([4, 5, 6]);
    queue.ringHead();
    await settled();
    expect(queue.take()?.id).toBe(7);
  });

  it('shares a completion queue between submission queues', async () => {
    await driver.createQueue(1, 8);
    const other = new QueuePair(driver.host, 2, 8);
    await driver.ok({ opcode: CREATE_SQ, prp1: other.sq.address, dwords: [geometry(2, 8), 1 | (1 << 16)] });
    other.put({ ...FLUSH, id: 77 });
    other.ringTail();
    await settled();
    expect(driver.first.takeAll()).toMatchObject([{ sqId: 2, id: 77, sqHead: 1 }]);
    expect(await driver.status({ opcode: DELETE_CQ, dwords: [1] })).toBe(Status.InvalidQueueDeletion);
  });

  it('fills the largest queues', async () => {
    await driver.createQueues(1, 4096);
    for (let i = 0; i < 4095; i++) driver.first.put({ ...FLUSH, id: i });
    driver.first.ringTail();
    await settled();
    const seen: number[] = [];
    while (seen.length < 4095) {
      for (let one = driver.first.take(); one; one = driver.first.take()) seen.push(one.id);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen).toEqual(Array.from({ length: 4095 }, (_, i) => i));
  });

  it('serves the admin queue and other queues while one queue has much to do', async () => {
    await driver.createQueues(2, 4096);
    const [busy, other] = driver.io as [QueuePair, QueuePair];
    const buffer = driver.buffer(4096);
    for (let i = 0; i < 4000; i++) busy.put({ ...transfer(2, buffer, 0, 8), id: i & 0xffff });
    busy.ringTail();
    // The device has returned to its event loop with work left over.
    const done = busy.takeAll().length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(4000);
    other.put(FLUSH);
    other.ringTail();
    const identify = driver.identify(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(other.takeAll()).toHaveLength(1);
    expect(await identify).toHaveLength(4096);
  });

  it('ends commands that were fetched together with the deletion of their queue', async () => {
    await driver.createQueues(2, 4096);
    const [busy, doomed] = driver.io as [QueuePair, QueuePair];
    const buffer = driver.buffer(4096);
    for (let i = 0; i < 4000; i++) busy.put(transfer(0x00, buffer, 0, 8));
    buffer.bytes.set(noise(4096, 1));
    busy.ringTail();
    // All of this is fetched in the next turn, the admin queue's command first.
    doomed.put(transfer(1, buffer, 0, 8));
    doomed.ringTail();
    await driver.ok({ opcode: DELETE_SQ, dwords: [doomed.id] });
    await settled();
    expect(doomed.take()).toBeUndefined();
    busy.takeAll();
    await settled();
    busy.takeAll();
    expect(await driver.read(0, 4096)).toEqual(new Uint8Array(4096));
  });

  it('uses all queues at a time with their own data', async () => {
    await driver.createQueues(4, 16);
    const buffers = driver.io.map((queue, i) => {
      const buffer = driver.buffer(4096);
      buffer.bytes.set(noise(4096, i));
      queue.put(transfer(1, buffer, i * 8, 8));
      return buffer;
    });
    for (const queue of driver.io) queue.ringTail();
    await settled();
    for (const queue of driver.io) expect(queue.takeAll()).toMatchObject([{ status: 0 }]);
    for (const [i, buffer] of buffers.entries()) expect(await driver.read(i * 8, 4096)).toEqual(buffer.bytes);
  });
});
