import {
  bar,
  DmaFault,
  defineDevice,
  memory,
  pcieEndpoint,
  pm,
  range,
  rc,
  reg8,
  reg16,
  reg32,
  reg64,
  ro,
  rs,
  rw,
  vpd,
  w1c,
  w1s,
} from '@pciem/sdk';

/** What the device notes in LOG about a call of one of its handlers, with the value in the low 24 bits. */
export const NOTE = {
  SCRATCH: 1,
  DOOR: 2,
  B0: 3,
  Q: 4,
  WO: 5,
  BELLS: 6,
  RESET: 7,
  POWER: 8,
  LOCK: 9,
  IO_DOOR: 10,
  LANE: 11,
} as const;

const IRQ_RESULTS = { delivered: 0, pending: 1, refused: 2 } as const;
const LOG_LENGTH = 64;

/** What the driver has the device do at TARGET, by writing it to RUN. */
export const RUN = { ADD4: 1, ADD8: 2, SWAP4: 3, SWAP8: 4, CAS4: 5, CAS8: 6, CAS16: 7, MAP: 8, LOOK: 9 } as const;

/** An option ROM as Linux wants it (PCI Firmware 3.3 5.1): signature, and a structure that says how long it is. */
export const ROM: Uint8Array = optionRom();

/** A device with everything that hosts have to agree about; it tells what it sees in its own registers. */
export default defineDevice({
  name: 'contract',
  summary: 'Shows what a host does',
  identity: {
    vendor: 0x1234,
    device: 0xc0de,
    class: 0xff0000,
    revision: 3,
    subsystemVendor: 0x4321,
    subsystem: 0x5678,
  },
  capabilities: [pm({ noSoftReset: true }), pcieEndpoint(), vpd({ identifier: 'Contract', writable: 8 })],
  config: { LOCK: reg8(0xd0, { fields: { ON: rw(0), SEEN: w1c(1) } }) },
  bars: [
    bar(0, {
      size: 8192,
      registers: {
        ID: reg32(0x00, { reset: 0xc0ffee, access: 'ro' }),
        SCRATCH: reg32(0x04, { reset: 0x1234_5678, aliases: { SCRATCH_COPY: 0x128 } }),
        STAT: reg32(0x08, {
          fields: { DONE: w1c(0), ERR: w1c(1), GO: w1s(2), MODE: rw(4, 7, { reset: 5 }), BUSY: ro(8) },
          aliases: { STAT_COPY: 0x120 },
        }),
        EVENTS: reg32(0x0c, { fields: { SEEN: rc(0, 3), KEPT: ro(4, 7) }, aliases: { EVENTS_COPY: 0x124 } }),
        WIDE: reg64(0x10, { fields: { LOW: rw(0, 15), SPAN: rw(24, 47), TOP: rw(56, 63) } }),
        DOOR: reg32(0x18),
        TIME: reg32(0x1c),
        B0: reg8(0x20),
        B1: reg8(0x21),
        H2: reg16(0x22),
        Q: reg64(0x28, { aliases: { Q_COPY: 0x130 } }),
        WO: reg32(0x30, { access: 'wo' }),
        TAKEN: reg8(0x50, { fields: { TAKEN: rs(0), CAUSE: ro(1, 3, { reset: 5 }) } }),
        LATER: reg32(0x34),
        BROKEN: reg32(0x38),
        SETUP: reg32(0x3c),
        DMA_ADDRESS: reg64(0x40),
        DMA_STATUS: reg32(0x48),
        IRQ_RESULT: reg32(0x4c),
        PORT: reg16.array(0x80, {
          count: 4,
          stride: 8,
          reset: 3,
          fields: { LEVEL: rw(0, 3), HIT: rc(4) },
          aliases: { PORT_COPY: 0x142 },
        }),
        LANE: reg32.array(0x160, { count: 2, aliases: { LANE_COPY: 0x170 } }),
        TARGET: reg64(0x100),
        RUN: reg32(0x108),
        OLD: reg64(0x110),
        FAULT: reg32(0x118),
        LOGGED: reg32(0x7fc),
        LOG: reg32.array(0x800, { count: LOG_LENGTH }),
      },
      ranges: {
        ram: memory(0x700, { length: 0x40 }),
        bells: range(0x1000, { length: 0x100 }),
        window: range(0x1100, { length: 0x100 }),
      },
    }),
    bar(1, {
      size: 32,
      kind: 'io',
      registers: {
        IO_SCRATCH: reg32(0x00, { reset: 0x0102_0304 }),
        IO_TIME: reg16(0x04, { read: () => 0xbeef }),
        IO_DOOR: reg8(0x08),
        IO_STAT: reg8(0x09, { fields: { SEEN: rc(0, 3), OLD: w1c(4) }, reset: 0x13 }),
      },
    }),
    bar(2, { size: 4096, bits: 64, prefetchable: true, kind: 'ram' }),
  ],
  rom: ROM,
  interrupts: { msix: 2 },
  setup({ regs, dma, irq, config, memory }) {
    function note(kind: number, value: number): void {
      const place = regs.LOGGED.value;
      if (place < LOG_LENGTH) regs.LOG.at(place).value = ((kind << 24) | (value & 0xff_ffff)) >>> 0;
      regs.LOGGED.value = place + 1;
    }
    let view: Uint8Array | undefined;
    function run(what: number): void {
      regs.FAULT.value = 0;
      try {
        regs.OLD.value = BigInt(carryOut(what, Number(regs.TARGET.value)));
      } catch (error) {
        regs.FAULT.value = error instanceof DmaFault ? error.status : 0xff;
      }
    }
    function carryOut(what: number, address: number): number | bigint {
      switch (what) {
        case RUN.ADD4:
          return dma.fetchAdd(address, 5);
        case RUN.ADD8:
          return dma.fetchAdd(address, 5n);
        case RUN.SWAP4:
          return dma.swap(address, 0xdead_beef);
        case RUN.SWAP8:
          return dma.swap(address, 0x0123_4567_89ab_cdefn);
        case RUN.CAS4:
          return dma.compareSwap(address, 7, 8);
        case RUN.CAS8:
          return dma.compareSwap(address, 7n, 8n);
        case RUN.CAS16: {
          const old = dma.compareSwap(address, filled(16, 7), filled(16, 8));
          return new DataView(old.buffer).getBigUint64(8, true);
        }
        case RUN.MAP:
          view = dma.map(address, 2048);
          view[9] = 0x99;
          return view[8] ?? 0;
        default:
          return view?.[9] ?? 0x100;
      }
    }
    return {
      read: {
        TIME: () => 0xdead_beef,
        H2: () => 0xabcd,
        Q: () => 0x1122_3344_5566_7788n,
        LATER(ctx) {
          const answer = ctx.defer();
          setTimeout(() => answer.complete(0x1a7e), 20);
          return answer;
        },
        BROKEN: () => {
          throw new Error('broken on purpose');
        },
        window: (offset, size) => offset * 16 + size,
        LANE: (index) => 0x1a_0000 + regs.LANE.at(index).value,
      },
      write: {
        SCRATCH: (value) => note(NOTE.SCRATCH, value),
        DOOR: (value) => note(NOTE.DOOR, value),
        B0: (value) => note(NOTE.B0, value),
        Q: (value) => note(NOTE.Q, Number(value & 0xffn) | (Number(value >> 56n) << 8)),
        WO: (value) => note(NOTE.WO, value),
        IO_DOOR: (value) => note(NOTE.IO_DOOR, value),
        RUN: (value) => run(value),
        LANE: (index, value) => note(NOTE.LANE, (index << 16) | (value & 0xffff)),
        LOCK: (value) => note(NOTE.LOCK, value),
        bells: (offset, value) => note(NOTE.BELLS, (offset << 8) | (value & 0xff)),
        /** What the device does by itself, chosen by the driver. */
        SETUP(value) {
          if (value === 1) Object.assign(regs.STAT, { DONE: 1, ERR: 1, BUSY: 1 });
          if (value === 2) Object.assign(regs.EVENTS, { SEEN: 15, KEPT: 9 });
          if (value === 3) regs.PORT.at(2).HIT = 1;
          if (value === 4) config.write8(0xd0, 0x03);
          if (value === 5) memory(2)[0x10] = 0x5a;
          if (value === 6) regs.SCRATCH.value = memory(2)[0x20] ?? 0;
        },
        DMA_ADDRESS(value) {
          const op = { address: Number(value), buffer: new Uint8Array(16), write: false, status: 0, done: 0 };
          dma.transfer([op]);
          regs.DMA_STATUS.value = op.status + 1;
        },
        IRQ_RESULT: (value) => {
          regs.IRQ_RESULT.value = 0x80 | IRQ_RESULTS[irq.raise(value)];
        },
      },
      reset: (kind) => note(NOTE.RESET, ['flr', 'bus', 'd3'].indexOf(kind)),
      power: (state) => note(NOTE.POWER, ['D0', 'D1', 'D2', 'D3hot'].indexOf(state)),
    };
  },
});

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function optionRom(): Uint8Array {
  const rom = new Uint8Array(2560).fill(0x5c);
  const view = new DataView(rom.buffer);
  view.setUint16(0, 0xaa55, true);
  view.setUint16(0x18, 0x20, true);
  // PCI data structure: signature, ids, length, class, length of the image in 512 bytes, code type, last image.
  rom.set([...Buffer.from('PCIR')], 0x20);
  view.setUint16(0x24, 0x1234, true);
  view.setUint16(0x26, 0xc0de, true);
  view.setUint16(0x2a, 0x18, true);
  view.setUint16(0x30, rom.length / 512, true);
  rom.set([0x03, 0x80], 0x34);
  return rom;
}
