// What the benchmark measures: registers that do as little as possible. For the driver in bench/driver.
import { type BarIndex, bar, defineDevice, deviceSpec, memory, msix, reg32, reg64 } from '@pciem/sdk';
import { z } from 'zod';
import { type DmaCase, dmaCases } from '../dma-cases.ts';
import { benchRegisters as at } from '../registers.ts';
import { measureCopies } from './dma-measurement.ts';

/** BARs after the first, which hold a register of each kind, too. */
function moreBars(count: number) {
  return Array.from({ length: count }, (_, i) =>
    bar((i + 1) as BarIndex, {
      size: 4096,
      registers: {
        [`PLAIN${i + 1}`]: reg32(at.plain),
        [`FORWARDED${i + 1}`]: reg32(at.forwarded, { read: () => 0x600dbeef }),
      },
    }),
  );
}

export default defineDevice({
  name: 'bench',
  summary: 'Registers for the benchmark',
  options: z.strictObject({ bars: z.number().int().min(1).max(6).default(1) }),
  device: ({ bars }) =>
    deviceSpec({
      identity: { vendor: 0x1234, device: 0xbe4c, class: 0xff0000 },
      bars: [
        bar(0, {
          size: 8192,
          registers: {
            PLAIN: reg32(at.plain),
            FORWARDED: reg32(at.forwarded, { read: () => 0x600dbeef }),
            POSTED: reg32(at.posted, { write: () => {} }),
            DOOR: reg32(at.door, { write: (_, { irq }) => irq.raise(0) }),
            DMA_ADDRESS: reg64(at.dmaAddress),
            DMA_RUN: reg32(at.dmaRun),
          },
          ranges: { COPIED: memory(at.copied, { length: 4096 }) },
        }),
        ...moreBars(bars - 1),
      ],
      // In the first BAR: with six of them none is free for it.
      capabilities: [msix({ vectors: 1, bar: 0, table: at.vectors, pba: at.pending })],
      setup: ({ regs, dma, log }) => ({
        write: {
          DMA_RUN: (index: number) => {
            const address = regs.DMA_ADDRESS.low + regs.DMA_ADDRESS.high * 2 ** 32;
            log(JSON.stringify(measureCopies(dmaCases[index] as DmaCase, dma, address)));
          },
        },
      }),
    }),
});
