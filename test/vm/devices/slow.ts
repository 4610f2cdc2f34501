// Takes its time over every write, and counts them: the driver of kmod/tests/driver floods it.
import { bar, defineDevice, range } from '@pciem/sdk';

/** How long a write takes (ms). */
const delay = 0.05;

export default defineDevice({
  name: 'slow',
  identity: { vendor: 0x1234, device: 0x7e57, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      ranges: { FLOOD: range(0x100, { length: 0x40, contents: [{ name: 'FLOOD', offset: 0, width: 4, count: 16 }] }) },
    }),
  ],
  interrupts: { msix: 1 },
  setup({ log }) {
    let count = 0;
    let outOfOrder = 0;
    const last = new Uint32Array(16);
    return {
      write: {
        FLOOD(offset, value) {
          const end = performance.now() + delay;
          count += 1;
          // Each thread counts up from 1, in a register of its own.
          if (value !== (last[offset >> 2] as number) + 1) outOfOrder += 1;
          last[offset >> 2] = value;
          while (performance.now() < end);
        },
      },
      stop: () => log(`seen: ${count}, out of order: ${outOfOrder}`),
    };
  },
});
