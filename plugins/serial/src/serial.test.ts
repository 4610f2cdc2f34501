import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { plug, type SimHost } from '@pciem/sdk/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FIFO_TIME } from './receiver.ts';
import serial from './serial.ts';

const DATA = 0;
const IER = 1;
const IIR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const NO_INTERRUPT = 0xc1;
const HOLDING_EMPTY = 0x20;
const TX_EMPTY = 0x60;
/** Milliseconds, far more than the device needs for what a FIFO holds. */
const MOST_TIME = 1000;

let host: SimHost;
const start = async (options: Record<string, unknown> = {}) => {
  host = await plug(serial, { options: options as never });
};

// The line takes its time, and the device looks at what has been read: both when the test says so.
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  host.close();
  vi.useRealTimers();
});

/** Registers of one port. */
function port(n: number) {
  return {
    read: (register: number) => host.read8(2 + n, 0x80 * register),
    write: (register: number, value: number) => host.write8(2 + n, 0x80 * register, value),
    send(text: string) {
      for (const byte of Buffer.from(text, 'latin1')) this.write(DATA, byte);
    },
    /** As Linux does it: each interrupt brings what the line status tells of. Until the device has seen that all is read. */
    receive() {
      const bytes: number[] = [];
      for (let time = 0, iir = this.read(IIR); iir !== NO_INTERRUPT; time++, iir = this.read(IIR)) {
        if (time === MOST_TIME) throw new Error(`port ${n} interrupts on and on, after ${bytes.length} bytes`);
        while (!(iir & 1) && this.read(LSR) & 1) bytes.push(this.read(DATA));
        vi.advanceTimersByTime(1);
      }
      return Buffer.from(bytes).toString('latin1');
    },
  };
}

/** A card whose bus interface lets interrupts through, as Linux's driver sets it. */
async function startEnabled(options: Record<string, unknown> = {}): Promise<void> {
  await start(options);
  host.write32(0, 0x4c, 0x43);
}

/** Until the device has looked at what was read, on the other CPU as it were. */
function look(): void {
  vi.advanceTimersByTime(150);
}

/** Until the line has taken what was sent, and brought as much as fits into a FIFO. */
function settle(): void {
  vi.advanceTimersByTime(15 * FIFO_TIME);
}

it.each([
  [undefined, 2, 0x402],
  ['4', 4, 0x400],
  [2, 2, 0x402],
])('has the ids of a card with ports: %s', async (ports, count, device) => {
  await start(ports === undefined ? {} : { ports });
  expect([host.readConfig16(0), host.readConfig16(2), host.readConfig8(0x3d)]).toEqual([0x14d4, device, 1]);
  expect(port(count - 1).read(LSR)).toBe(HOLDING_EMPTY);
});

it.each([{ ports: 3 }, { ports: 8 }, { line: 'tin' }, { baud: 9600 }])('refuses %o', async (options) => {
  await expect(plug(serial, { options: options as never })).rejects.toThrow(/option|Unrecognized key/);
});

it('echoes, each port its own', async () => {
  await start();
  const [first, second] = [port(0), port(1)];
  for (const uart of [first, second]) {
    uart.write(IIR, 1);
    uart.write(IER, 1);
  }
  first.send('hello');
  second.send('there');
  expect([first.read(LSR), first.receive()]).toEqual([0, '']);
  settle();
  expect([first.receive(), second.receive(), first.read(LSR)]).toEqual(['hello', 'there', TX_EMPTY]);
});

it('carries every byte', async () => {
  await start();
  const uart = port(0);
  uart.write(IIR, 1);
  uart.write(IER, 1);
  const text = Buffer.from(Array.from({ length: 256 }, (_, n) => n)).toString('latin1');
  let received = '';
  for (let at = 0; at < text.length; at += 16) {
    uart.send(text.slice(at, at + 16));
    settle();
    received += uart.receive();
  }
  expect(received).toBe(text);
});

describe('interrupts', () => {
  it('tell that there is room to send, once for each time', async () => {
    await startEnabled();
    const uart = port(1);
    uart.write(IIR, 1);
    uart.write(IER, 2);
    // With nothing else enabled it comes a little later.
    look();
    expect([host.intx, uart.read(IIR), uart.read(IIR)]).toEqual([true, 0xc2, 0xc3]);
    look();
    expect([host.intx, uart.read(IIR)]).toEqual([false, NO_INTERRUPT]);
    uart.send('x');
    expect(host.intx).toBe(false);
    settle();
    expect([host.intx, uart.read(IIR)]).toEqual([true, 0xc2]);
    look();
    uart.write(IER, 0);
    uart.write(IER, 0x0a);
    expect([host.intx, uart.read(IIR)]).toEqual([true, 0xc2]);
  });

  it('tell what has come, by timeout below the trigger level', async () => {
    await startEnabled();
    const uart = port(0);
    uart.write(IIR, 0x41);
    uart.write(IER, 1);
    uart.send('abc');
    settle();
    expect([host.intx, uart.read(IIR), uart.receive()]).toEqual([true, 0xcc, 'abc']);
    uart.send('abcd');
    settle();
    expect([uart.read(IIR), uart.receive(), host.intx]).toEqual([0xc4, 'abcd', false]);
  });

  it('bring nothing more while they are handled', async () => {
    await startEnabled();
    const uart = port(0);
    uart.write(IIR, 1);
    uart.write(IER, 1);
    uart.send('a');
    settle();
    expect(uart.read(IIR)).toBe(0xc4);
    look();
    uart.send('b');
    settle();
    expect([uart.read(IIR), uart.read(LSR), uart.read(DATA), uart.read(LSR)]).toEqual([0xc4, 1, 0x61, 0]);
    // It sees that there is nothing more to handle.
    look();
    expect([host.intx, uart.receive(), uart.read(LSR)]).toEqual([true, 'b', TX_EMPTY]);
  });

  it('of all ports share the line, if the bus interface lets it through', async () => {
    await start({ ports: 4 });
    for (const n of [0, 3]) port(n).write(IER, 3);
    expect([host.intx, host.read32(0, 0x4c)]).toEqual([false, 4]);
    host.write32(0, 0x4c, 0x43);
    expect([host.intx, host.read32(0, 0x4c)]).toEqual([true, 0x47]);
    expect(port(0).read(IIR)).toBe(0xc2);
    look();
    expect([host.intx, port(3).read(IIR)]).toEqual([true, 0xc2]);
    look();
    expect(host.intx).toBe(false);
  });

  it('are gone after a reset', async () => {
    await startEnabled();
    port(0).write(IER, 2);
    host.reset();
    host.writeConfig16(4, 2);
    expect([host.intx, port(0).read(IER), port(0).read(IIR), port(0).read(LSR)]).toEqual([
      false,
      0,
      NO_INTERRUPT,
      HOLDING_EMPTY,
    ]);
  });
});

it('has a divisor behind DLAB', async () => {
  await start();
  const uart = port(0);
  uart.write(IIR, 1);
  uart.write(IER, 5);
  uart.send('!');
  settle();
  uart.write(LCR, 0x83);
  uart.write(DATA, 0x34);
  uart.write(IER, 0x12);
  expect([uart.read(DATA), uart.read(IER), uart.read(LCR)]).toEqual([0x34, 0x12, 0x83]);
  uart.write(LCR, 0x03);
  expect([uart.read(IER), uart.receive()]).toEqual([5, '!']);
  uart.write(LCR, 0x83);
  expect([uart.read(DATA), uart.read(IER)]).toEqual([0x34, 0x12]);
});

describe('a byte that has come', () => {
  it('stays when only the line status is read', async () => {
    await start();
    const uart = port(0);
    uart.write(IIR, 1);
    uart.write(IER, 1);
    uart.send('ab');
    settle();
    expect([uart.read(LSR) & 1, uart.read(LSR) & 1]).toEqual([1, 0]);
    expect(uart.receive()).toBe('ab');
  });

  it('is not shown again while it is being read', async () => {
    await start();
    const uart = port(0);
    uart.write(IIR, 1);
    uart.send('a');
    settle();
    expect(uart.read(LSR) & 1).toBe(1);
    uart.send('bc');
    vi.advanceTimersByTime(20);
    expect([String.fromCharCode(uart.read(DATA)), uart.read(LSR) & 1]).toEqual(['a', 0]);
  });

  it('is followed by the next one also for a driver that polls', async () => {
    await start();
    const uart = port(0);
    uart.write(IIR, 1);
    uart.send('poll\0!');
    let text = '';
    for (let look = 0; look < 5000 && text.length < 6; look++) {
      if (uart.read(LSR) & 1) text += String.fromCharCode(uart.read(DATA));
      else vi.advanceTimersByTime(1);
    }
    expect(text).toBe('poll\0!');
  });
});

it('keeps the line waiting while the FIFO is full', async () => {
  await start();
  const uart = port(0);
  uart.write(IIR, 1);
  uart.write(IER, 1);
  const text = 'abcdefghijklmno';
  for (let n = 0; n < 3; n++) {
    uart.send(text);
    settle();
  }
  let received = '';
  for (let n = 0; n < 500 && received.length < 45; n++) {
    received += uart.receive();
    vi.advanceTimersByTime(1);
  }
  expect(received).toBe(text.repeat(3));
});

describe('loop mode', () => {
  it('connects the modem outputs to the inputs', async () => {
    await startEnabled();
    const uart = port(0);
    uart.read(MSR);
    uart.write(MCR, 0x1a);
    expect([uart.read(MSR), uart.read(MSR)]).toEqual([0x92, 0x90]);
    uart.write(IER, 8);
    uart.write(MCR, 0x15);
    expect([host.intx, uart.read(IIR), uart.read(MSR) & 0xf0]).toEqual([true, 0xc0, 0x60]);
    look();
    expect([uart.read(IIR), host.intx]).toEqual([NO_INTERRUPT, false]);
    uart.write(MCR, 0);
    expect(uart.read(MSR) & 0x0f).toBe(0b1101);
  });

  it('loses what finds no room', async () => {
    await startEnabled();
    const uart = port(0);
    uart.write(MCR, 0x10);
    uart.write(IER, 5);
    uart.write(DATA, 0x61);
    settle();
    uart.write(DATA, 0x62);
    settle();
    expect([host.intx, uart.read(IIR), uart.read(LSR), uart.read(LSR)]).toEqual([true, 0xc6, TX_EMPTY | 3, TX_EMPTY]);
    expect(uart.receive()).toBe('a');
  });
});

it('leads to a pseudo terminal', async () => {
  await startEnabled({ line: 'pty' });
  const name = /port 1 leads to (\S+)/.exec(host.logs[1]?.text ?? '')?.[1] ?? '';
  const file = openSync(name, 'r+');
  const program = new ReadStream(openSync(name, 'r+'));
  try {
    const uart = port(1);
    uart.write(IIR, 1);
    uart.write(IER, 1);
    uart.send('to the program\n');
    settle();
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
