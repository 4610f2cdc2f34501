import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Driver, frame, RCTL_BAM, RCTL_EN, RCTL_SECRC, Reg } from '../testing/driver.ts';
import { encodeFrame, FrameDecoder } from './framing.ts';

const RCTL = RCTL_EN | RCTL_BAM | RCTL_SECRC;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

let directory: string;
const drivers: Driver[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'e1000-'));
});

afterEach(() => {
  for (const driver of drivers.splice(0)) driver.host.close();
  rmSync(directory, { recursive: true });
});

async function card(kind: 'listen' | 'connect'): Promise<Driver> {
  const driver = await Driver.start({ link: `${kind}:${join(directory, 'wire')}` }, RCTL);
  drivers.push(driver);
  return driver;
}

const isUp = (driver: Driver) => (driver.read(Reg.STATUS) & 2) !== 0;
const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), { interval: 5 });

it('connects two cards, whoever comes first', async () => {
  const first = await card('connect');
  expect([isUp(first), first.phy(1) & 4]).toEqual([false, 0]);
  const second = await card('listen');
  await until(() => isUp(first) && isUp(second));
  expect([first.phy(1) & 4, first.read(Reg.ICR) & 4]).toEqual([4, 4]);
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    from.send(frame(BROADCAST, 1000));
    from.send(frame(BROADCAST, 200));
    await until(() => to.read(0x4074) === 2 || to.read(Reg.RDH) === 2);
    expect(to.receive().map(({ data }) => data.length)).toEqual([1000, 200]);
  }
});

it('loses the link with the other side, and finds it again', async () => {
  const first = await card('listen');
  const second = await card('connect');
  await until(() => isUp(first));
  second.host.close();
  await until(() => !isUp(first));
  await card('connect');
  await until(() => isUp(first));
});

it('hangs up on somebody who does not speak the protocol, and on a third', async () => {
  const first = await card('listen');
  const socket = createConnection(join(directory, 'wire'));
  await until(() => isUp(first));
  const third = createConnection(join(directory, 'wire'));
  await new Promise((resolve) => third.once('close', resolve));
  socket.write('GET / HTTP/1.0\r\n');
  await until(() => !isUp(first));
  expect(first.host.logs.map(({ text }) => text)).toEqual([
    expect.stringContaining('has another side already'),
    expect.stringContaining('a frame of 1195725856 bytes was announced'),
  ]);
});

it('cuts a stream at any place', () => {
  const stream = Buffer.concat([[1, 2, 3], [], [4]].map((bytes) => encodeFrame(Uint8Array.from(bytes))));
  for (let cut = 0; cut <= stream.length; cut++) {
    const decoder = new FrameDecoder();
    const frames: number[][] = [];
    for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
      decoder.push(chunk, (bytes) => frames.push([...bytes]));
    }
    expect(frames).toEqual([[1, 2, 3], [], [4]]);
  }
});
