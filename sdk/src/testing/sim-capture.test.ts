import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCapture, summarize } from '@pciem/capture';
import { expect, it } from 'vitest';
import { bar, defineDevice, reg32, rw } from '../index.ts';
import { plug } from './index.ts';

const device = defineDevice({
  name: 'captured',
  identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        PLAIN: reg32(0, { reset: 5, fields: { MODE: rw(0, 3) } }),
        TIME: reg32(4),
        GO: reg32(8),
        LATER: reg32(12),
        BAD: reg32(16),
      },
    }),
  ],
  interrupts: { msix: 2 },
  setup: ({ dma, irq, log }) => ({
    read: {
      TIME: () => 7,
      LATER(ctx) {
        const answer = ctx.defer();
        setTimeout(() => answer.complete(9), 1);
        return answer;
      },
      BAD: () => {
        throw new Error('bad');
      },
    },
    write: {
      GO(value) {
        log('goes');
        dma.write(value * 4096, dma.read(value * 4096, 16));
        irq.raise(1);
      },
    },
  }),
});

it('captures what the kernel would', async () => {
  const host = await plug(device, { capture: true, onError: 'record' });
  host.read32(0, 0);
  host.write32(0, 0, 3);
  expect(host.request(0, 4, 4)).toEqual({ status: 'SC', value: 7n });
  expect(await host.readLater(0, 12, 4)).toBe(9n);
  expect(host.request(0, 16, 4)).toEqual({ status: 'UR', value: 0xffff_ffffn });
  expect(host.request(1, 0, 4)).toEqual({ status: 'UR', value: 0xffff_ffffn });
  const memory = host.memory.alloc(4096);
  host.write32(0, 8, memory.address / 4096);
  host.write32(0, 8, 1);
  host.close();
  const directory = mkdtempSync(join(tmpdir(), 'pciem-sim-'));
  try {
    const file = join(directory, 'sim.pcapng');
    writeFileSync(file, host.capture());
    expect(await checkCapture(file)).toMatchObject({ illegal: 0, problems: [], outstanding: 0 });
    const summary = await summarize(file);
    expect(summary).toMatchObject({ lost: 0, timedOut: 0, dmaFaults: 1, foreign: 0 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it('captures nothing unless asked', async () => {
  const host = await plug(device);
  expect(() => host.capture()).toThrow('plug(device, { capture: true })');
});

it('writes the bytes that are enabled, and no others', async () => {
  const host = await plug(device);
  const memory = defineDevice({
    name: 'bytes',
    identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
    bars: [bar(0, { size: 4096, registers: { A: reg32(0), B: reg32(4) } })],
  });
  host.close();
  const bytes = await plug(memory);
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  bytes.writeBytes(0, 0, data, 0b1110_0101);
  expect(bytes.read64(0, 0)).toBe(0x0807_0600_0003_0001n);
  bytes.writeBytes(0, 0, data, 0b1111_1111);
  expect(bytes.read64(0, 0)).toBe(0x0807_0605_0403_0201n);
});
