// One access, one interrupt and one DMA of each kind, for those who watch.
import { bar, DmaFault, defineDevice, reg32, reg64 } from '@pciem/sdk';

export default defineDevice({
  name: 'observed',
  identity: { vendor: 0x1234, device: 0x7e57, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        FORWARDED: reg32(0x00, { access: 'ro' }),
        START: reg32(0x04),
        BUFFER: reg64(0x08),
      },
    }),
  ],
  interrupts: { msix: 1 },
  setup: ({ regs, dma, irq }) => ({
    read: { FORWARDED: () => 0x5ca1ab1e },
    write: {
      START: () => {
        dma.write(Number(regs.BUFFER.value), new Uint8Array(16));
        try {
          dma.readInto(0x10, new Uint8Array(4));
        } catch (error) {
          if (!(error instanceof DmaFault)) throw error;
        }
        irq.raise(0);
      },
    },
  }),
});
