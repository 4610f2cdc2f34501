import { bar, DmaFault, defineDevice, deviceSpec, msi, range, reg32, reg64, ro, rw } from '@pciem/sdk';
import { DmaEngine } from './dma-engine.ts';
import { factorial } from './factorial.ts';
import { optionsSchema } from './options.ts';

const ALL_ONES = 0xffff_ffff;
const BAR_SIZE = 2 ** 20;

/** Bits of IRQ_STATUS that the device itself sets. */
const IRQ_FACTORIAL = 0x001;
const IRQ_DMA = 0x100;

/** Reads of what is not there, and of registers that can only be written, give all-ones. */
const nothing = (offset: number, count: number) => reg32.array(offset, { count, access: 'ro', reset: ALL_ONES });

const registers = bar(0, {
  size: BAR_SIZE,
  registers: {
    /** Version 1.0, then 0xed for edu. */
    ID: reg32(0x00, { reset: 0x0100_00ed, access: 'ro' }),
    LIVENESS: reg32(0x04, { access: 'ro' }),
    FACTORIAL: reg32(0x08, { access: 'ro' }),
    RESERVED_0C: nothing(0x0c, 5),
    STATUS: reg32(0x20, { fields: { COMPUTING: ro(0), IRQ_WHEN_DONE: rw(7) } }),
    IRQ_STATUS: reg32(0x24, { access: 'ro' }),
    RESERVED_28: nothing(0x28, 14),
    IRQ_RAISE: reg32(0x60, { access: 'ro', reset: ALL_ONES }),
    IRQ_ACK: reg32(0x64, { access: 'ro', reset: ALL_ONES }),
    RESERVED_68: nothing(0x68, 6),
    DMA_SOURCE: reg64(0x80, { access: 'ro' }),
    DMA_DESTINATION: reg64(0x88, { access: 'ro' }),
    DMA_COUNT: reg64(0x90, { access: 'ro' }),
    DMA_COMMAND: reg64(0x98, { access: 'ro', fields: { RUN: ro(0), TO_MEMORY: ro(1), IRQ_WHEN_DONE: ro(2) } }),
  },
  ranges: { RESERVED_A0: range(0xa0, { length: BAR_SIZE - 0xa0, read: () => ALL_ONES }) },
});

/** The teaching device of QEMU (docs/specs/edu). */
export default defineDevice({
  name: 'edu',
  summary: 'Teaching device: factorials, interrupts, DMA; as in QEMU',
  options: optionsSchema,
  device: ({ dmaMask }) =>
    deviceSpec({
      identity: {
        vendor: 0x1234,
        device: 0x11e8,
        class: 0x00ff00,
        revision: 0x10,
        subsystemVendor: 0x1af4,
        subsystem: 0x1100,
      },
      bars: [registers],
      capabilities: [msi({ vectors: 1, maskable: false })],
      interrupts: { intx: 'A' },
      setup({ regs, irq, dma, log, access }) {
        const engine = new DmaEngine(dma, dmaMask);
        let generation = 0;

        /** MSI if the driver has enabled it, INTx if not. */
        function raise(bits: number): void {
          regs.IRQ_STATUS.setBits(bits);
          if (regs.IRQ_STATUS.value !== 0 && irq.raise(0) === 'refused') irq.assert();
        }

        /** Later, so that the driver sees the device at work; unless there is a reset meanwhile. */
        function later(action: () => void): void {
          const started = generation;
          setImmediate(() => {
            if (started === generation) action();
          });
        }

        function finishFactorial(of: number): void {
          regs.FACTORIAL.value = factorial(of);
          regs.STATUS.COMPUTING = 0;
          if (regs.STATUS.IRQ_WHEN_DONE) raise(IRQ_FACTORIAL);
        }

        function finishDma(): void {
          try {
            const { DMA_SOURCE: source, DMA_DESTINATION: destination, DMA_COUNT: count, DMA_COMMAND: command } = regs;
            engine.run(Number(source.value), Number(destination.value), Number(count.value), command.TO_MEMORY === 1);
          } catch (error) {
            if (!(error instanceof RangeError || error instanceof DmaFault)) throw error;
            log.error(`DMA: ${error.message}`);
          }
          regs.DMA_COMMAND.RUN = 0;
          if (regs.DMA_COMMAND.IRQ_WHEN_DONE) raise(IRQ_DMA);
        }

        /** Parameters take 4 or 8 bytes from their start on, and only while no transfer runs. */
        function store(register: { value: bigint }, start: number, value: bigint): boolean {
          if (regs.DMA_COMMAND.RUN || access.offset !== start || access.size < 4) return false;
          register.value = access.size === 8 ? value : BigInt.asUintN(32, value);
          return true;
        }

        return {
          write: {
            LIVENESS(value) {
              regs.LIVENESS.value = ~value;
            },
            FACTORIAL(value) {
              if (regs.STATUS.COMPUTING) return;
              regs.FACTORIAL.value = value;
              regs.STATUS.COMPUTING = 1;
              later(() => finishFactorial(value));
            },
            IRQ_RAISE: raise,
            IRQ_ACK(bits) {
              regs.IRQ_STATUS.clearBits(bits);
              if (regs.IRQ_STATUS.value === 0) irq.deassert();
            },
            DMA_SOURCE: (value) => void store(regs.DMA_SOURCE, 0x80, value),
            DMA_DESTINATION: (value) => void store(regs.DMA_DESTINATION, 0x88, value),
            DMA_COUNT: (value) => void store(regs.DMA_COUNT, 0x90, value),
            DMA_COMMAND(value) {
              if (value & 1n && store(regs.DMA_COMMAND, 0x98, value)) later(finishDma);
            },
          },
          reset() {
            generation++;
            engine.reset();
          },
        };
      },
    }),
});
