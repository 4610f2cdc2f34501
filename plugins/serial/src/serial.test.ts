import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { plug, type SimHost } from '@pciem/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import serial from './serial.ts';

const DATA = 0;
const IER = 1;
const IIR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const NO_INTERRUPT = 0x01;
const TX_EMPTY = 0x60;

let host: SimHost;
const start = async (options: Record<string, unknown> = {}) => {
  host = await plug(serial, { options: options as never });
};

afterEach(() => host.close());

/** Registers of one port. */
function port(n: number) {
  return {
    read: (register: number) => host.read8(0, 0x200 * n + register),
    write: (register: number, value: number) => host.write8(0, 0x200 * n + register, value),
    send(text: string) {
      for (const byte of Buffer.from(text)) this.write(DATA, byte);
    },
    receive() {
      let text = '';
      while (this.read(LSR) & 1) text += String.fromCharCode(this.read(DATA));
      return text;
    },
  };
}

it.each([
  [undefined, 2],
  ['4', 4],
  [8, 8],
])('has the ids of a card with ports: %s', async (ports, count) => {
  await start(ports === undefined ? {} : { ports });
  expect([host.readConfig16(0), host.readConfig16(2), host.readConfig8(0x3d)]).toEqual([0x13a8, 0x150 + count, 1]);
  expect(host.read8(0, 0x8d)).toBe(0x10 + count);
  expect(port(count - 1).read(LSR)).toBe(TX_EMPTY);
  expect(host.read8(0, 0x200 * count + LSR)).toBe(count === 8 ? 0xff : 0);
});

it.each([{ ports: 3 }, { line: 'tin' }, { baud: 9600 }])('refuses %o', async (options) => {
  await expect(plug(serial, { options: options as never })).rejects.toThrow(/option|Unrecognized key/);
});

it('echoes, each port its own', async () => {
  await start();
  const [first, second] = [port(0), port(1)];
  first.write(IIR, 1);
  second.write(IIR, 1);
  first.send('hello');
  second.send('there');
  expect([first.read(LSR), first.receive()]).toEqual([0, '']);
  await setImmediate();
  expect([first.read(LSR), first.receive(), second.receive(), first.read(LSR)]).toEqual([
    TX_EMPTY | 1,
    'hello',
    'there',
    TX_EMPTY,
  ]);
});

describe('interrupts', () => {
  it('tell that there is room to send, once for each time', async () => {
    await start();
    const uart = port(1);
    uart.write(IIR, 1);
    uart.write(IER, 2);
    expect([host.intx, host.read8(0, 0x80), uart.read(IIR)]).toEqual([true, 2, 0xc2]);
    expect([host.intx, host.read8(0, 0x80), uart.read(IIR)]).toEqual([false, 0, 0xc1]);
    uart.send('x');
    expect(host.intx).toBe(false);
    await setImmediate();
    expect([host.intx, uart.read(IIR)]).toEqual([true, 0xc2]);
    uart.write(IER, 0);
    uart.write(IER, 2);
    expect(uart.read(IIR)).toBe(0xc2);
  });

  it('tell what has come, by timeout below the trigger level', async () => {
    await start();
    const uart = port(0);
    uart.write(IIR, 0x41);
    uart.write(IER, 1);
    uart.send('abc');
    await setImmediate();
    expect([host.intx, uart.read(IIR)]).toEqual([true, 0xcc]);
    uart.send('d');
    await setImmediate();
    expect([uart.read(IIR), uart.receive(), host.intx, uart.read(IIR)]).toEqual([0xc4, 'abcd', false, 0xc1]);
  });

  it('of all ports share the line', async () => {
    await start({ ports: 4 });
    for (const n of [0, 3]) port(n).write(IER, 2);
    expect(host.read8(0, 0x600 + 0x80)).toBe(0b1001);
    expect([port(0).read(IIR), host.intx, port(3).read(IIR), host.intx]).toEqual([2, true, 2, false]);
  });

  it('are gone after a reset', async () => {
    await start();
    port(0).write(IER, 2);
    host.reset();
    host.writeConfig16(4, 2);
    expect([host.intx, port(0).read(IER), port(0).read(IIR), port(0).read(LSR)]).toEqual([
      false,
      0,
      NO_INTERRUPT,
      TX_EMPTY,
    ]);
  });
});

it('has a divisor behind DLAB', async () => {
  await start();
  const uart = port(0);
  uart.write(IER, 5);
  uart.write(LCR, 0x83);
  uart.write(DATA, 0x34);
  uart.write(IER, 0x12);
  expect([uart.read(DATA), uart.read(IER), uart.read(LCR)]).toEqual([0x34, 0x12, 0x83]);
  uart.write(LCR, 0x03);
  expect([uart.read(DATA), uart.read(IER)]).toEqual([0, 5]);
});

it('keeps the line waiting while the FIFO is full', async () => {
  await start();
  const uart = port(0);
  uart.write(IIR, 1);
  const text = 'x'.repeat(60);
  for (let n = 0; n < 3; n++) {
    uart.send(text);
    await setImmediate();
  }
  expect(uart.receive()).toBe(text.repeat(3));
  uart.send('y'.repeat(70));
  await setImmediate();
  expect(uart.receive()).toBe('y'.repeat(64));
});

describe('loop mode', () => {
  it('connects the modem outputs to the inputs', async () => {
    await start();
    const uart = port(0);
    uart.read(MSR);
    uart.write(MCR, 0x1a);
    expect([uart.read(MSR), uart.read(MSR)]).toEqual([0x92, 0x90]);
    uart.write(IER, 8);
    uart.write(MCR, 0x15);
    expect([host.intx, uart.read(IIR), uart.read(MSR) & 0xf0]).toEqual([true, 0, 0x60]);
    expect([uart.read(IIR), host.intx]).toEqual([NO_INTERRUPT, false]);
    uart.write(MCR, 0);
    expect(uart.read(MSR) & 0x0f).toBe(0b1101);
  });

  it('loses what finds no room', async () => {
    await start();
    const uart = port(0);
    uart.write(MCR, 0x10);
    uart.write(IER, 4);
    uart.write(DATA, 0x61);
    await setImmediate();
    uart.write(DATA, 0x62);
    await setImmediate();
    expect([host.intx, uart.read(IIR), uart.read(LSR), uart.read(LSR)]).toEqual([true, 6, TX_EMPTY | 3, TX_EMPTY | 1]);
    expect(uart.receive()).toBe('a');
  });
});

it('leads to a pseudo terminal', async () => {
  await start({ line: 'pty' });
  const name = /port 1 leads to (\S+)/.exec(host.logs[1]?.text ?? '')?.[1] ?? '';
  const file = openSync(name, 'r+');
  const program = new ReadStream(openSync(name, 'r+'));
  try {
    const uart = port(1);
    uart.write(IIR, 1);
    uart.write(IER, 1);
    uart.send('to the program\n');
    const [data] = await once(program, 'data');
    expect(String(data)).toBe('to the program\n');
    writeSync(file, 'and back\n');
    await host.waitForIntx();
    expect(uart.receive()).toBe('and back\n');
  } finally {
    closeSync(file);
    program.destroy();
  }
});
