import { expect, it } from 'vitest';
import { Driver, type HostBuffer, noise, transfer } from './testing/driver.ts';
import type { QueuePair } from './testing/queue-pair.ts';

const READ = 2;
const WRITE = 1;
const QUEUES = 4;
/** Blocks of each queue's own part of the namespace, so that commands in flight do not overlap. */
const AREA = 4096;
const SLOTS = 30;

interface Flight {
  buffer: HostBuffer;
  expected: Uint8Array | undefined;
}

/** A generator of numbers below `limit`. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** One queue's random reads and writes, each in a slot of blocks that no other command in flight uses. */
class Worker {
  done = 0;
  readonly #driver: Driver;
  readonly #queue: QueuePair;
  readonly #base: number;
  readonly #contents = new Map<number, Uint8Array>();
  readonly #flights = new Map<number, Flight & { slot: number }>();
  readonly #next: (limit: number) => number;

  constructor(driver: Driver, queue: QueuePair, index: number) {
    this.#driver = driver;
    this.#queue = queue;
    this.#base = index * AREA;
    this.#next = random(index + 1);
  }

  /** Puts some commands into the queue and rings its doorbell once. */
  submit(): void {
    const count = 1 + this.#next(12);
    for (let i = 0; i < count; i++) this.#start(this.#next(SLOTS));
    this.#queue.ringTail();
  }

  #start(slot: number): void {
    if (this.#flights.has(slot)) return;
    // Slots of 128 blocks; the length and the offset in host memory vary.
    const blocks = 1 + this.#next(128);
    const buffer = this.#driver.buffer(blocks * 512, this.#next(1024) * 4);
    const lba = this.#base + slot * 128;
    const known = this.#contents.get(slot) ?? new Uint8Array(128 * 512);
    if (this.#next(2) === 0) {
      const data = noise(blocks * 512, this.#next(2 ** 31));
      buffer.bytes.set(data);
      const after = known.slice();
      after.set(data);
      this.#contents.set(slot, after);
      this.#queue.put({ ...transfer(WRITE, buffer, lba, blocks), id: slot });
      this.#flights.set(slot, { slot, buffer, expected: undefined });
    } else {
      this.#queue.put({ ...transfer(READ, buffer, lba, blocks), id: slot });
      this.#flights.set(slot, { slot, buffer, expected: known.slice(0, blocks * 512) });
    }
  }

  collect(): void {
    for (const { id, status } of this.#queue.takeAll()) {
      expect(status).toBe(0);
      const flight = this.#flights.get(id) as Flight;
      if (flight.expected) expect(Buffer.compare(flight.buffer.bytes, flight.expected)).toBe(0);
      this.#driver.release(flight.buffer);
      this.#flights.delete(id);
      this.done++;
    }
  }
}

it.each([
  ['memory', undefined],
  ['a controller reset every 200 rounds', 200],
])('moves random data through several queues: %s', async (_name, resetEvery) => {
  const driver = await Driver.start({ queues: QUEUES, size: '64M' }, QUEUES, 32);
  let workers = driver.io.map((queue, i) => new Worker(driver, queue, i));
  let done = 0;
  for (let round = 0; round < 400; round++) {
    for (const worker of workers) worker.submit();
    await new Promise((resolve) => setImmediate(resolve));
    for (const worker of workers) worker.collect();
    if (resetEvery === undefined || (round + 1) % resetEvery !== 0) continue;
    // In the middle of commands that the host has not taken back yet.
    for (const worker of workers) worker.submit();
    done += workers.reduce((sum, worker) => sum + worker.done, 0);
    driver.disable();
    driver.enable();
    await driver.createQueues(QUEUES, 32);
    for (let area = 0; area < QUEUES; area++) {
      const none = { bytes: new Uint8Array(), prp1: 0, prp2: 0 };
      await driver.first.run(transfer(8, none, area * AREA, AREA));
    }
    workers = driver.io.map((queue, i) => new Worker(driver, queue, i));
  }
  done += workers.reduce((sum, worker) => sum + worker.done, 0);
  expect(done).toBeGreaterThan(5000);
  expect(driver.csts).toBe(1);
  driver.host.close();
});
