import { expect, it } from 'vitest';
import { bar, defineDevice, reg32 } from '../index.ts';
import { fakeTime, plug } from './index.ts';

const HOUR = 3_600_000;

const device = defineDevice({
  name: 'slow',
  identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
  bars: [bar(0, { size: 4096, registers: { GO: reg32(0), TIME: reg32(4) } })],
  interrupts: { msix: 1 },
  setup: ({ irq, regs }) => ({
    read: { TIME: () => Date.now() },
    write: {
      GO(value) {
        setTimeout(async () => {
          irq.raise(0);
          await Promise.resolve();
          regs.GO.value = 99;
          irq.raise(0);
        }, value);
      },
    },
  }),
});

it('passes when the test says so', async () => {
  using time = fakeTime(1000);
  const host = await plug(device);
  host.write32(0, 0, HOUR);
  time.advance(HOUR - 1);
  expect(host.irqs).toEqual([]);
  time.advance(1);
  expect(host.irqs).toEqual([0]);
  expect(host.read32(0, 4)).toBe(HOUR + 1000);
  await host.waitForIrq(0);
  await host.waitForIrq(0);
  expect(host.read32(0, 0)).toBe(99);
});

it('is real again afterwards', async () => {
  const before = Date.now();
  expect(before).toBeGreaterThan(HOUR * 24);
  await new Promise((resolve) => setTimeout(resolve, 2));
});
