import { afterEach, describe, expect, it } from 'vitest';
import { Status } from './status.ts';
import { Driver, noise, transfer } from './testing/driver.ts';

const FLUSH = 0x00;
const WRITE = 0x01;
const READ = 0x02;
const WRITE_UNCORRECTABLE = 0x04;
const COMPARE = 0x05;
const WRITE_ZEROES = 0x08;
const DSM = 0x09;
const FUA = 0x4000_0000;
const DEAC = 0x0200_0000;

const MIB = 2 ** 20;
const drivers: Driver[] = [];

async function start(options: Record<string, unknown> = {}): Promise<Driver> {
  const driver = await Driver.start({ size: 4 * MIB, ...options });
  drivers.push(driver);
  return driver;
}

afterEach(() => {
  for (const driver of drivers.splice(0)) driver.host.close();
});

describe.each([512, 4096])('blocks of %i bytes', (lbaSize) => {
  const blocks = (4 * MIB) / lbaSize;

  it('reads zeroes where nothing was written', async () => {
    const driver = await start({ lbaSize });
    const data = await driver.read(blocks - 1, lbaSize, lbaSize);
    expect(data).toEqual(new Uint8Array(lbaSize));
  });

  it('reads what was written, at both ends', async () => {
    const driver = await start({ lbaSize });
    const [first, last] = [noise(lbaSize, 1), noise(lbaSize, 2)];
    expect(await driver.write(0, first, lbaSize)).toBe(0);
    expect(await driver.write(blocks - 1, last, lbaSize, FUA)).toBe(0);
    expect(await driver.read(0, lbaSize, lbaSize)).toEqual(first);
    expect(await driver.read(blocks - 1, lbaSize, lbaSize)).toEqual(last);
  });

  it.each([
    ['Read', READ],
    ['Write', WRITE],
    ['Compare', COMPARE],
    ['Write Zeroes', WRITE_ZEROES],
  ])('%s refuses blocks beyond the end', async (_name, opcode) => {
    const driver = await start({ lbaSize });
    const buffer = driver.buffer(2 * lbaSize);
    for (const [lba, count] of [
      [blocks, 1],
      [blocks - 1, 2],
      [2 ** 32, 1],
      [2 ** 63, 1],
      [2 ** 64 - 2048, 2],
    ] as const) {
      expect((await driver.first.run(transfer(opcode, buffer, lba, count))).status).toBe(Status.LbaOutOfRange);
    }
    expect((await driver.first.run(transfer(opcode, buffer, blocks - 2, 2))).status).toBe(0);
  });

  it.each([READ, WRITE, COMPARE])('opcode %i refuses more than MDTS', async (opcode) => {
    const driver = await start({ lbaSize });
    const buffer = driver.buffer(4096);
    const most = (512 * 1024) / lbaSize;
    expect((await driver.first.run(transfer(opcode, buffer, 0, most + 1))).status).toBe(Status.InvalidField);
  });
});

describe('all I/O commands', () => {
  it.each([FLUSH, WRITE, READ, COMPARE, WRITE_ZEROES, DSM])('opcode %i refuses wrong namespaces', async (opcode) => {
    const driver = await start();
    const buffer = driver.buffer(512);
    for (const nsid of [0, 2, 0xfffffffe]) {
      const { status } = await driver.first.run({ ...transfer(opcode, buffer, 0, 1), nsid });
      expect(status).toBe(Status.InvalidNamespace);
    }
    const all = await driver.first.run({ ...transfer(opcode, buffer, 0, 1), nsid: 0xffffffff });
    expect(all.status).toBe(opcode === FLUSH ? Status.Success : Status.InvalidNamespace);
  });

  it.each([0x01, 0x02, 0x40, 0x80])('refuses fused commands and SGLs (flags %i)', async (flags) => {
    const driver = await start();
    const entry = { ...transfer(READ, driver.buffer(512), 0, 1), flags };
    expect(await driver.first.run(entry)).toMatchObject({ status: Status.InvalidField, doNotRetry: true, more: true });
  });

  it.each([0x03, WRITE_UNCORRECTABLE, 0x0c, 0x0d, 0x80])('refuses opcode %i', async (opcode) => {
    const driver = await start();
    expect((await driver.first.run({ opcode, nsid: 1 })).status).toBe(Status.InvalidOpcode);
  });
});

describe('Compare', () => {
  it('tells equal from different', async () => {
    const driver = await start();
    const data = noise(8192, 3);
    await driver.write(5, data);
    const buffer = driver.buffer(8192);
    buffer.bytes.set(data);
    expect((await driver.first.run(transfer(COMPARE, buffer, 5, 16))).status).toBe(Status.Success);
    buffer.bytes[8191] = (buffer.bytes[8191] as number) ^ 1;
    const completion = await driver.first.run(transfer(COMPARE, buffer, 5, 16));
    expect(completion).toMatchObject({ status: Status.CompareFailure, doNotRetry: true });
    expect(await driver.read(5, 8192)).toEqual(data);
  });
});

describe('Write Zeroes', () => {
  it.each([0, DEAC, FUA, DEAC | FUA])('zeroes exactly its blocks (dword 12 bits %i)', async (bits) => {
    const driver = await start();
    const data = noise(8192, 4);
    await driver.write(0, data);
    const none = { bytes: data, prp1: 0, prp2: 0 };
    expect((await driver.first.run(transfer(WRITE_ZEROES, none, 3, 5, bits))).status).toBe(0);
    data.fill(0, 3 * 512, 8 * 512);
    expect(await driver.read(0, 8192)).toEqual(data);
  });

  it('may be larger than MDTS', async () => {
    const driver = await start();
    await driver.write(0, noise(4096, 5));
    await driver.write(4096, noise(4096, 6));
    const none = { bytes: new Uint8Array(), prp1: 0, prp2: 0 };
    expect((await driver.first.run(transfer(WRITE_ZEROES, none, 0, 8192))).status).toBe(0);
    expect(await driver.read(0, 4096)).toEqual(new Uint8Array(4096));
    expect(await driver.read(4096, 4096)).toEqual(new Uint8Array(4096));
  });
});

describe('Dataset Management', () => {
  const deallocate = async (driver: Driver, ranges: [lba: number, blocks: number][], attributes = 4) => {
    const buffer = driver.buffer(ranges.length * 16);
    const view = new DataView(buffer.bytes.buffer, buffer.bytes.byteOffset);
    ranges.forEach(([lba, blocks], i) => {
      view.setUint32(i * 16 + 4, blocks, true);
      view.setBigUint64(i * 16 + 8, BigInt(lba), true);
    });
    const { prp1, prp2 } = buffer;
    return driver.first.run({ opcode: DSM, nsid: 1, prp1, prp2, dwords: [ranges.length - 1, attributes] });
  };

  it('deallocates its ranges only', async () => {
    const driver = await start();
    const data = noise(16384, 7);
    await driver.write(0, data);
    const ranges: [number, number][] = [
      [1, 2],
      [10, 0],
      [30, 2],
    ];
    expect((await deallocate(driver, ranges)).status).toBe(0);
    data.fill(0, 512, 1536);
    data.fill(0, 15360, 16384);
    expect(await driver.read(0, 16384)).toEqual(data);
  });

  it('takes 256 ranges', async () => {
    const driver = await start();
    const data = noise(262144, 8);
    await driver.write(0, data);
    const ranges = Array.from({ length: 256 }, (_, i): [number, number] => [i * 2, 1]);
    expect((await deallocate(driver, ranges)).status).toBe(0);
    for (let i = 0; i < 256; i++) data.fill(0, i * 1024, i * 1024 + 512);
    expect(await driver.read(0, data.length)).toEqual(data);
  });

  it('takes hints without touching the data', async () => {
    const driver = await start();
    const data = noise(4096, 9);
    await driver.write(0, data);
    expect((await deallocate(driver, [[0, 8]], 3)).status).toBe(0);
    expect(await driver.read(0, 4096)).toEqual(data);
  });

  it.each([
    [[[0, 8193]]],
    [
      [
        [0, 8],
        [8192, 1],
      ],
    ],
    [[[2 ** 40, 1]]],
  ])('refuses ranges beyond the end and deallocates nothing (%j)', async (ranges) => {
    const driver = await start();
    const data = noise(4096, 10);
    await driver.write(0, data);
    expect((await deallocate(driver, ranges as [number, number][])).status).toBe(Status.LbaOutOfRange);
    expect(await driver.read(0, 4096)).toEqual(data);
  });
});

describe('Format NVM', () => {
  const FORMAT = 0x80;
  const format = (driver: Driver, dword10: number, nsid = 1) =>
    driver.status({ opcode: FORMAT, nsid, dwords: [dword10] });

  it.each([
    ['no erase', 0],
    ['user data erase', 1 << 9],
    ['cryptographic erase', 2 << 9],
  ])('erases the data and changes the block size: %s', async (_name, erase) => {
    const driver = await start();
    await driver.write(0, noise(4096, 11));
    expect(await format(driver, 1 | erase, 0xffffffff)).toBe(Status.Success);
    const data = await driver.identify(0, 1);
    expect(data[26]).toBe(1);
    expect(new DataView(data.buffer, data.byteOffset).getUint32(0, true)).toBe((4 * MIB) / 4096);
    expect(await driver.read(0, 4096, 4096)).toEqual(new Uint8Array(4096));
    const block = noise(4096, 12);
    await driver.write(1023, block, 4096);
    expect(await driver.read(1023, 4096, 4096)).toEqual(block);
    driver.disable();
    driver.enable();
    expect((await driver.identify(0, 1))[26]).toBe(1);
  });

  it.each([
    ['a format that does not exist', 2, 1, Status.InvalidFormat],
    ['metadata', 1 << 4, 1, Status.InvalidFormat],
    ['protection information', 1 << 5, 1, Status.InvalidFormat],
    ['protection information at the start', 1 << 8, 1, Status.InvalidFormat],
    ['an erase setting that does not exist', 3 << 9, 1, Status.InvalidField],
    ['a namespace that does not exist', 0, 2, Status.InvalidNamespace],
    ['namespace 0', 0, 0, Status.InvalidNamespace],
  ])('refuses %s and keeps the data', async (_name, dword10, nsid, status) => {
    const driver = await start();
    const data = noise(512, 13);
    await driver.write(0, data);
    expect(await format(driver, dword10, nsid)).toBe(status);
    expect(await driver.read(0, 512)).toEqual(data);
  });
});
