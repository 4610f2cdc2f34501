import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Status } from './status.ts';
import { Driver, noise, transfer } from './testing/driver.ts';
import { settled } from './testing/queue-pair.ts';

const READ = 2;
const WRITE = 1;
const PAGE = 4096;

let driver: Driver;

beforeEach(async () => {
  driver = await Driver.start();
});

afterEach(() => {
  driver.host.close();
});

/** `count` pages of host memory that are not neighbours, `offset` bytes into the first one. */
function scattered(count: number): {
  addresses: number[];
  fill: (data: Uint8Array, offset: number) => void;
  gather: (offset: number, length: number) => Uint8Array;
} {
  const pages = Array.from({ length: count }, () => driver.host.memory.alloc(PAGE));
  return {
    addresses: pages.map(({ address }) => address),
    fill: (data, offset) => {
      for (let i = 0; i < data.length; i++) {
        const at = offset + i;
        (pages[Math.floor(at / PAGE)] as { bytes: Uint8Array }).bytes[at % PAGE] = data[i] as number;
      }
    },
    gather: (offset, length) =>
      Uint8Array.from({ length }, (_, i) => {
        const at = offset + i;
        return (pages[Math.floor(at / PAGE)] as { bytes: Uint8Array }).bytes[at % PAGE] as number;
      }),
  };
}

/** Writes and reads back through pages of their own, whose pointers `point` puts in place. */
async function roundTrip(length: number, offset: number, point: (addresses: number[]) => number): Promise<void> {
  const count = Math.ceil((offset + length) / PAGE);
  const data = noise(length, length + offset);
  const source = scattered(count);
  source.fill(data, offset);
  const blocks = length / 512;
  const from = { bytes: data, prp1: (source.addresses[0] as number) + offset, prp2: point(source.addresses) };
  expect((await driver.first.run(transfer(WRITE, from, 3, blocks))).status).toBe(0);
  const target = scattered(count);
  const to = { bytes: data, prp1: (target.addresses[0] as number) + offset, prp2: point(target.addresses) };
  expect((await driver.first.run(transfer(READ, to, 3, blocks))).status).toBe(0);
  expect(target.gather(offset, length)).toEqual(data);
}

const second = (addresses: number[]) => addresses[1] ?? 0;
const list = (addresses: number[]) => driver.prpList(addresses.slice(1));

describe('data pointers', () => {
  it.each([
    ['one page', 4096, 0],
    ['the start of a page', 512, 0],
    ['the end of a page', 512, 3584],
    ['any dword of a page', 512, 1236],
    ['one page, unaligned: two pages', 4096, 4],
    ['a dword in the first page', 512, 4092],
    ['two whole pages', 8192, 0],
  ])('%s', (_name, length, offset) => roundTrip(length, offset, second));

  it.each([
    ['three pages', 12288, 0],
    ['two pages, unaligned: three pages', 8192, 512],
    ['the largest transfer', 512 * 1024, 0],
    ['the largest transfer, unaligned', 512 * 1024, 2048],
    ['an odd number of blocks', 512 * 35, 1024],
  ])('a list: %s', (_name, length, offset) => roundTrip(length, offset, list));

  it('a list that starts inside its page', () =>
    roundTrip(20480, 0, (addresses) => {
      const memory = driver.host.memory.alloc(PAGE);
      const words = new Uint32Array(memory.bytes.buffer, 1600);
      writeEntries(words, addresses.slice(1));
      return memory.address + 1600;
    }));

  it('a list that ends exactly with its page', () =>
    roundTrip(20480, 0, (addresses) => {
      const memory = driver.host.memory.alloc(PAGE);
      writeEntries(new Uint32Array(memory.bytes.buffer, PAGE - 32), addresses.slice(1));
      return memory.address + PAGE - 32;
    }));

  it.each([1, 2, 3, 5])('a chained list with %i entries in its first page', (room) =>
    roundTrip(65536, 0, (addresses) => {
      const [first, next] = [driver.host.memory.alloc(PAGE), driver.host.memory.alloc(PAGE)];
      const own = addresses.slice(1, room);
      writeEntries(new Uint32Array(first.bytes.buffer, PAGE - room * 8), [...own, next.address]);
      writeEntries(new Uint32Array(next.bytes.buffer), addresses.slice(room));
      return first.address + PAGE - room * 8;
    }),
  );

  it('crosses chunks of the memory store', async () => {
    const data = noise(512 * 1024, 9);
    expect(await driver.write(512 - 3, data)).toBe(0);
    expect(await driver.read(512 - 3, data.length)).toEqual(data);
  });
});

function writeEntries(words: Uint32Array, addresses: number[]): void {
  addresses.forEach((address, i) => {
    words[i * 2] = address % 2 ** 32;
    words[i * 2 + 1] = Math.floor(address / 2 ** 32);
  });
}

describe('wrong data pointers', () => {
  const run = async (blocks: number, prp1: number, prp2: number) =>
    (await driver.first.run(transfer(READ, { bytes: new Uint8Array(), prp1, prp2 }, 0, blocks))).status;

  it.each([1, 2, 3])('refuses PRP1 with bits %i of a dword', async (bits) => {
    expect(await run(1, driver.buffer(PAGE).prp1 + bits, 0)).toBe(Status.PrpOffsetInvalid);
  });

  it('refuses PRP2 inside a page', async () => {
    const [one, two] = scattered(2).addresses as [number, number];
    expect(await run(16, one, two + 512)).toBe(Status.PrpOffsetInvalid);
  });

  it('refuses a list that is not on a quadword', async () => {
    const { addresses } = scattered(3);
    expect(await run(24, addresses[0] as number, list(addresses) + 4)).toBe(Status.PrpOffsetInvalid);
  });

  it('refuses a list entry inside a page', async () => {
    const [one, two, three] = scattered(3).addresses as [number, number, number];
    expect(await run(24, one, driver.prpList([two, three + 8]))).toBe(Status.PrpOffsetInvalid);
  });

  it('refuses a chain to the inside of a page', async () => {
    const { addresses } = scattered(5);
    const memory = driver.host.memory.alloc(PAGE);
    const [next] = scattered(1).addresses as [number];
    writeEntries(new Uint32Array(memory.bytes.buffer, PAGE - 16), [addresses[1] as number, next + 8]);
    expect(await run(40, addresses[0] as number, memory.address + PAGE - 16)).toBe(Status.PrpOffsetInvalid);
  });

  it.each([
    ['PRP1', () => [8, 0x5000, 0]],
    ['PRP1 beyond any bus', () => [8, 2 ** 60, 0]],
    ['PRP2', () => [16, scattered(1).addresses[0] as number, 0x5000]],
    ['PRP2 beyond any bus', () => [16, scattered(1).addresses[0] as number, 2 ** 60]],
    ['the list', () => [24, scattered(1).addresses[0] as number, 0x5000]],
    ['the list beyond any bus', () => [24, scattered(1).addresses[0] as number, 2 ** 60]],
    ['a list entry', () => [24, scattered(1).addresses[0] as number, driver.prpList([0x5000, 0x6000])]],
    ['a list entry beyond any bus', () => [24, scattered(1).addresses[0] as number, driver.prpList([2 ** 60, 0x6000])]],
  ])('reports an address that cannot be reached: %s', async (_name, make) => {
    const [blocks, prp1, prp2] = make() as [number, number, number];
    expect(await run(blocks, prp1, prp2)).toBe(Status.DataTransferError);
    expect(driver.csts).toBe(1);
  });

  it('reports memory mapped for the other direction', async () => {
    const toDevice = driver.host.memory.alloc(PAGE, { direction: 'to-device' });
    expect(await run(8, toDevice.address, 0)).toBe(Status.DataTransferError);
    const fromDevice = driver.host.memory.alloc(PAGE, { direction: 'from-device' });
    const entry = transfer(WRITE, { bytes: fromDevice.bytes, prp1: fromDevice.address, prp2: 0 }, 0, 8);
    expect((await driver.first.run(entry)).status).toBe(Status.DataTransferError);
  });

  it('keeps to itself when one command of a batch fails', async () => {
    const data = noise(4096, 5);
    await driver.write(0, data);
    const good = [driver.buffer(4096), driver.buffer(4096)] as const;
    driver.first.put({ ...transfer(READ, good[0], 0, 8), id: 1 });
    driver.first.put({ ...transfer(READ, { bytes: data, prp1: 0x7000, prp2: 0 }, 0, 8), id: 2 });
    driver.first.put({ ...transfer(READ, good[1], 0, 8), id: 3 });
    driver.first.ringTail();
    await settled();
    const statuses = driver.first.takeAll().map(({ id, status }) => [id, status]);
    expect(statuses).toEqual([
      [1, 0],
      [2, Status.DataTransferError],
      [3, 0],
    ]);
    expect(good[0].bytes).toEqual(data);
    expect(good[1].bytes).toEqual(data);
  });
});

describe('larger memory pages', () => {
  it('takes data across 4 KiB without a second pointer when CC.MPS says 8 KiB', async () => {
    driver.disable();
    // Allocations are followed by a hole of one page, so every second one starts a page of 8 KiB.
    const aligned = () => {
      for (;;) {
        const next = driver.host.memory.alloc(PAGE).address + 2 * PAGE;
        if (next % 8192 === 0) return;
      }
    };
    const { host } = driver;
    aligned();
    driver.enable(64, driver.cc & ~1);
    host.write32(0, 0x28, driver.admin.sq.address % 2 ** 32);
    aligned();
    driver.admin.cq.bytes.fill(0);
    const cq = host.memory.alloc(1024);
    Object.assign(driver.admin, { cq });
    host.write32(0, 0x30, cq.address % 2 ** 32);
    driver.cc = 0x0046_0001 | (1 << 7);
    expect(driver.csts).toBe(1);
    aligned();
    const memory = host.memory.alloc(8192);
    await driver.ok({ opcode: 0x06, prp1: memory.address + 2048, dwords: [1] });
    expect(Buffer.from(memory.bytes.subarray(2048 + 64, 2048 + 67)).toString()).toBe('1.0');
  });
});
