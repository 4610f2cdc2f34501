import { bar, defineDevice, memory, msi, msix, pcieEndpoint, pm, reg32, rw } from '@pciem/sdk';
import { Transfers } from './transfers.ts';

const KIB = 1024;

/** COMMAND: what to do. One bit at a time. */
const RAISE_INTX = 1 << 0;
const RAISE_MSI = 1 << 1;
const RAISE_MSIX = 1 << 2;
const READ = 1 << 3;
const WRITE = 1 << 4;
const COPY = 1 << 5;

const IRQ_RAISED = 1 << 6;

/** IRQ_TYPE: how the end of a transfer is told. */
const TYPE_INTX = 0;

/** CAPS: unaligned transfers, MSI, MSI-X and INTx; drivers since Linux 6.14 look. */
const CAPS = 0xf;

/** The function of Linux's PCI test endpoint (Documentation/PCI/endpoint/pci-test-function), as the other side sees it. */
export default defineDevice({
  name: 'endpoint-test',
  summary: 'PCI test endpoint of Linux, driver pci_endpoint_test',
  identity: { vendor: 0x104c, device: 0xb500, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 128 * KIB,
      registers: {
        MAGIC: reg32(0x00),
        COMMAND: reg32(0x04),
        STATUS: reg32(0x08, {
          fields: {
            READ_SUCCESS: rw(0),
            READ_FAIL: rw(1),
            WRITE_SUCCESS: rw(2),
            WRITE_FAIL: rw(3),
            COPY_SUCCESS: rw(4),
            COPY_FAIL: rw(5),
            IRQ_RAISED: rw(6),
            SRC_ADDR_INVALID: rw(7),
            DST_ADDR_INVALID: rw(8),
          },
        }),
        SRC_ADDR_LOW: reg32(0x0c),
        SRC_ADDR_HIGH: reg32(0x10),
        DST_ADDR_LOW: reg32(0x14),
        DST_ADDR_HIGH: reg32(0x18),
        SIZE: reg32(0x1c),
        CHECKSUM: reg32(0x20),
        IRQ_TYPE: reg32(0x24),
        IRQ_NUMBER: reg32(0x28),
        FLAGS: reg32(0x2c, { fields: { USE_DMA: rw(0) } }),
        CAPS: reg32(0x30, { access: 'ro', reset: CAPS }),
      },
    }),
    // The driver fills these from end to end, which is why the MSI-X table is in BAR 0.
    bar(1, { size: 4 * KIB, ranges: { MEMORY_1: memory(0, { length: 4 * KIB }) } }),
    bar(2, { size: 8 * KIB, ranges: { MEMORY_2: memory(0, { length: 8 * KIB }) } }),
    bar(3, { size: 16 * KIB, ranges: { MEMORY_3: memory(0, { length: 16 * KIB }) } }),
    bar(4, { size: 64 * KIB, ranges: { MEMORY_4: memory(0, { length: 64 * KIB }) } }),
    bar(5, { size: 64 * KIB, ranges: { MEMORY_5: memory(0, { length: 64 * KIB }) } }),
  ],
  capabilities: [
    pm(),
    pcieEndpoint(),
    msi({ vectors: 32 }),
    msix({ vectors: 2048, bar: 0, table: 64 * KIB, pba: 96 * KIB }),
  ],
  interrupts: { intx: 'A' },
  setup({ regs, irq, dma, log }) {
    const transfers = new Transfers(dma);
    const source = () => regs.SRC_ADDR_HIGH.value * 2 ** 32 + regs.SRC_ADDR_LOW.value;
    const destination = () => regs.DST_ADDR_HIGH.value * 2 ** 32 + regs.DST_ADDR_LOW.value;

    /** Vectors are counted from 1. */
    function interrupt(intx: boolean): void {
      regs.STATUS.setBits(IRQ_RAISED);
      const result = intx ? pulse() : irq.raise(regs.IRQ_NUMBER.value - 1);
      if (result === 'refused') log.warn(`interrupt ${intx ? 'INTx' : regs.IRQ_NUMBER.value} refused`);
    }

    /** No register takes INTx back, so the level lasts only as long as the message takes. */
    function pulse() {
      const result = irq.assert();
      irq.deassert();
      return result;
    }

    function transfer(command: number): void {
      const size = regs.SIZE.value;
      let failed: 'source' | 'destination' | undefined;
      if (command & READ) {
        const { checksum, fault } = transfers.read(source(), size);
        const good = fault === undefined && checksum === regs.CHECKSUM.value;
        regs.STATUS[good ? 'READ_SUCCESS' : 'READ_FAIL'] = 1;
        failed = fault;
      } else if (command & WRITE) {
        const { checksum, fault } = transfers.write(destination(), size);
        regs.CHECKSUM.value = checksum;
        regs.STATUS[fault === undefined ? 'WRITE_SUCCESS' : 'WRITE_FAIL'] = 1;
        failed = fault;
      } else {
        failed = transfers.copy(source(), destination(), size).fault;
        regs.STATUS[failed === undefined ? 'COPY_SUCCESS' : 'COPY_FAIL'] = 1;
      }
      if (failed === 'source') regs.STATUS.SRC_ADDR_INVALID = 1;
      if (failed === 'destination') regs.STATUS.DST_ADDR_INVALID = 1;
      interrupt(regs.IRQ_TYPE.value === TYPE_INTX);
    }

    return {
      write: {
        COMMAND(command) {
          regs.COMMAND.value = 0;
          regs.STATUS.value = 0;
          if (command & RAISE_INTX) interrupt(true);
          else if (command & (RAISE_MSI | RAISE_MSIX)) interrupt(false);
          else if (command & (READ | WRITE | COPY)) transfer(command);
        },
      },
    };
  },
});
