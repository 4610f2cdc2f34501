import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { internetChecksum, read16, read32, write16, write32 } from './checksum.ts';
import {
  Driver,
  frame,
  MAC,
  RCTL_BAM,
  RCTL_EN,
  RCTL_LPE,
  RCTL_MAC_LOOPBACK,
  RCTL_SECRC,
  RCTL_UPE,
  Reg,
  viewOf,
} from './testing/driver.ts';

/** What is sent comes back: without FCS, with everything received. */
const LOOP = RCTL_EN | RCTL_UPE | RCTL_LPE | RCTL_MAC_LOOPBACK | RCTL_SECRC | RCTL_BAM;
const STAT_DD = 1;

let driver: Driver;

afterEach(() => driver.host.close());

describe('sending', () => {
  it('reports descriptors that ask for it, and interrupts', async () => {
    driver = await Driver.start({}, LOOP);
    driver.send(frame(MAC, 100));
    driver.send(frame(MAC, 100), 0x03);
    expect([0, 1].map((n) => viewOf(driver.txRing).getUint8(16 * n + 12))).toEqual([STAT_DD, 0]);
    expect([driver.read(Reg.TDH), driver.read(Reg.ICR)]).toEqual([2, 0x83]);
    expect(driver.receive().map(({ data }) => data)).toEqual([frame(MAC, 100), frame(MAC, 100)].map(Buffer.from));
  });

  it('puts a frame together, also around the end of the ring', async () => {
    driver = await Driver.start({}, LOOP);
    const data = frame(MAC, 300);
    for (let round = 0; round < 5; round++) {
      const part = (from: number, to: number, command: number): [number, number, number] => [
        driver.buffer(data.subarray(from, to)),
        (to - from) | (command << 24),
        0,
      ];
      driver.submit(part(0, 14, 0), part(14, 100, 0), part(100, 300, 0x0b));
      expect(driver.receive().map((received) => received.data)).toEqual([Buffer.from(data)]);
    }
  });

  it('drops a frame whose data the driver has not mapped, and goes on', async () => {
    driver = await Driver.start({}, LOOP);
    driver.submit([0x1000, 100 | (0x0b << 24), 0]);
    driver.send(frame(MAC, 80));
    expect(driver.receive().map(({ data }) => data.length)).toEqual([80]);
    expect(driver.host.logs.map(({ text }) => text)).toEqual([
      'a frame was dropped: its data at 0x1000 cannot be read',
    ]);
  });

  it('waits until it is enabled', async () => {
    driver = await Driver.start({}, LOOP);
    driver.write(Reg.TCTL, 0);
    driver.send(frame(MAC, 80));
    expect(driver.read(Reg.TDH)).toBe(0);
    driver.write(Reg.TCTL, 2);
    expect(driver.receive()).toHaveLength(1);
  });
});

const IP = 14;
const TCP = 34;
const HEADERS = 54;

/** An IPv4 TCP frame whose checksums are as a driver leaves them to the card: 0, and the pseudo header's sum. */
function tcpFrame(payload: number, withLength: boolean): Uint8Array {
  const bytes = frame(MAC, HEADERS + payload, 0x0800);
  bytes.fill(0, IP, HEADERS);
  bytes.set([0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], IP);
  write16(bytes, IP + 2, bytes.length - IP);
  write32(bytes, TCP + 4, 0xffff_ff00);
  bytes[TCP + 12] = 0x50;
  bytes[TCP + 13] = 0x19;
  const pseudo = internetChecksum(bytes, IP + 12, IP + 20, 6 + (withLength ? bytes.length - TCP : 0));
  write16(bytes, TCP + 16, ~pseudo & 0xffff);
  return bytes;
}

/** 0: the checksum of the received frame is right. */
const ipSum = (bytes: Uint8Array) => internetChecksum(bytes, IP, TCP);
const tcpSum = (bytes: Uint8Array) =>
  internetChecksum(bytes, TCP, read16(bytes, IP + 2) + IP, 6 + read16(bytes, IP + 2) - 20 + words(bytes));
const words = (bytes: Uint8Array) => [12, 14, 16, 18].reduce((sum, at) => sum + read16(bytes, IP + at), 0);

/** A context descriptor for TCP over IPv4, as three words. */
function context(command: number, payload: number, mss: number): [number, number, number] {
  const low = IP | ((IP + 10) << 8) | ((TCP - 1) << 16);
  const high = TCP | ((TCP + 16) << 8);
  return [high * 2 ** 32 + low, payload + (command | 0x20) * 2 ** 24, (mss << 16) | (HEADERS << 8)];
}

describe('offloads', () => {
  it('insert checksums', async () => {
    driver = await Driver.start({}, LOOP);
    const data = tcpFrame(101, true);
    driver.submit(context(0, 0, 0), [driver.buffer(data), data.length | 0x2b10_0000, 0x0300]);
    const [received] = driver.receive();
    expect([ipSum(received?.data as Buffer), tcpSum(received?.data as Buffer)]).toEqual([0, 0]);
    expect(received?.data.subarray(HEADERS)).toEqual(Buffer.from(data.subarray(HEADERS)));
  });

  it('insert a checksum by a legacy descriptor', async () => {
    driver = await Driver.start({}, LOOP);
    const data = tcpFrame(100, true);
    write16(data, IP + 10, 0);
    driver.submit([driver.buffer(data), data.length | ((TCP + 16) << 16) | 0x0f00_0000, TCP << 8]);
    expect(tcpSum(driver.receive()[0]?.data as Buffer)).toBe(0);
  });

  it('segment TCP', async () => {
    driver = await Driver.start({}, LOOP);
    const data = tcpFrame(2500, false);
    driver.submit(
      context(0x07, 2500, 1000),
      [driver.buffer(data.subarray(0, HEADERS)), HEADERS | 0x2410_0000, 0x0300],
      [driver.buffer(data.subarray(HEADERS)), 2500 | 0x2d10_0000, 0x0300],
    );
    const frames = driver.receive().map((received) => received.data);
    expect(frames.map(({ length }) => length)).toEqual([1054, 1054, 554]);
    expect(frames.map((bytes) => [ipSum(bytes), tcpSum(bytes)])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(frames.map((bytes) => read16(bytes, IP + 4))).toEqual([0x1234, 0x1235, 0x1236]);
    expect(frames.map((bytes) => read32(bytes, TCP + 4))).toEqual([0xffff_ff00, 0x2e8, 0x6d0]);
    expect(frames.map((bytes) => bytes[TCP + 13])).toEqual([0x10, 0x10, 0x19]);
    expect(Buffer.concat(frames.map((bytes) => bytes.subarray(HEADERS)))).toEqual(Buffer.from(data.subarray(HEADERS)));
    expect([driver.read(0x40f8), driver.read(0x40d4)]).toEqual([1, 3]);
  });

  it('insert and remove VLAN tags', async () => {
    driver = await Driver.start({}, LOOP);
    driver.write(Reg.VET, 0x8100);
    driver.send(frame(MAC, 80), 0x4b, 0x2005);
    driver.write(Reg.CTRL, 0x4000_0a49);
    driver.send(frame(MAC, 80), 0x4b, 0x2005);
    const [tagged, untagged] = driver.receive();
    expect([tagged?.data.length, tagged?.data.readUInt32BE(12), tagged?.status]).toEqual([84, 0x8100_2005, 7]);
    expect([untagged?.data.length, untagged?.special, untagged?.status]).toEqual([80, 0x2005, 0x0f]);
  });
});

describe('receiving', () => {
  const sendAs = async (rctl: number, ...frames: Uint8Array[]) => {
    driver = await Driver.start({}, rctl | RCTL_MAC_LOOPBACK);
    for (const data of frames) driver.send(data);
    return driver.receive().map(({ data }) => data);
  };

  it('fills short frames up and adds the FCS', async () => {
    const [data] = await sendAs(RCTL_EN, frame(MAC, 20));
    expect(data?.length).toBe(64);
    expect(data?.readUInt32LE(60)).toBe(crc32(data?.subarray(0, 60) as Buffer));
  });

  it.each([
    ['another address', RCTL_EN, '52:54:00:00:00:01', 100, 0],
    ['another address, promiscuous', RCTL_EN | RCTL_UPE, '52:54:00:00:00:01', 100, 1],
    ['broadcast, not wanted', RCTL_EN, 'ff:ff:ff:ff:ff:ff', 100, 0],
    ['broadcast', RCTL_EN | RCTL_BAM, 'ff:ff:ff:ff:ff:ff', 100, 1],
    ['multicast', RCTL_EN | RCTL_BAM, '01:00:5e:00:00:01', 100, 0],
    ['all multicast', RCTL_EN | (1 << 4), '01:00:5e:00:00:01', 100, 1],
    ['a long frame', RCTL_EN, MAC, 1519, 0],
    ['a long frame, allowed', RCTL_EN | RCTL_LPE, MAC, 1519, 1],
    ['its address, disabled', 0, MAC, 100, 0],
  ])('filters: %s', async (_, rctl, destination, length, count) => {
    expect(await sendAs(rctl, frame(destination, length))).toHaveLength(count);
  });

  it('knows multicast addresses by their hash', async () => {
    driver = await Driver.start({}, RCTL_EN | RCTL_MAC_LOOPBACK);
    // 0x0100 >> 4: bit 16 of the first entry.
    driver.write(Reg.MTA, 1 << 16);
    driver.send(frame('01:00:5e:00:00:01', 100));
    driver.send(frame('01:00:5e:00:00:02', 100));
    expect(driver.receive()).toHaveLength(1);
  });

  it('fills several buffers with one frame', async () => {
    const data = frame(MAC, 5000);
    const [received] = await sendAs(RCTL_EN | RCTL_LPE | RCTL_SECRC, data);
    expect(received).toEqual(Buffer.from(data));
    expect(driver.read(Reg.RDH)).toBe(3);
  });

  it('counts what finds no buffer', async () => {
    driver = await Driver.start({}, LOOP);
    for (let n = 0; n < 8; n++) driver.send(frame(MAC, 100));
    expect([driver.read(0x4010), driver.read(0x4010), driver.read(Reg.ICR) & 0x50]).toEqual([1, 0, 0x50]);
    expect(driver.receive()).toHaveLength(7);
    driver.send(frame(MAC, 100));
    expect(driver.receive()).toHaveLength(1);
  });
});

it('counts frames and octets', async () => {
  driver = await Driver.start({}, LOOP);
  driver.send(frame(MAC, 60));
  driver.send(frame('ff:ff:ff:ff:ff:ff', 1000));
  const read = (...registers: number[]) => registers.map(driver.read);
  expect(read(0x4080, 0x4074, 0x40f4, 0x4078)).toEqual([2, 2, 1, 1]);
  expect(read(0x4088, 0x408c, 0x4090, 0x40d8, 0x40e8, 0x405c, 0x406c)).toEqual([1068, 0, 1068, 1, 1, 1, 1]);
  expect(read(0x4088, 0x4090)).toEqual([0, 0]);
});

it('hears itself in loopback of the PHY', async () => {
  driver = await Driver.start({}, RCTL_EN);
  driver.send(frame(MAC, 60));
  expect(driver.receive()).toHaveLength(0);
  driver.phy(0, 0x4140);
  driver.send(frame(MAC, 60));
  expect(driver.receive()).toHaveLength(1);
});
