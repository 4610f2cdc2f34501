import { setTimeout } from 'node:timers/promises';
import { DmaStatus } from '@pciem/sdk';
import { NOTE, ROM, RUN } from './device.ts';

/** Memory of the driver; offsets are multiples of 8. */
export interface DriverMemory {
  /** Bus address. */
  readonly address: bigint;
  read(offset: number): Promise<bigint>;
  write(offset: number, value: bigint): Promise<void>;
  free(): Promise<void>;
}

/** The driver's side of a host, as the contract needs it. Values of 8 bytes and less are numbers where these are exact. */
export interface ContractHost {
  read(bar: number, offset: number, size: 1 | 2 | 4 | 8): Promise<bigint>;
  write(bar: number, offset: number, size: 1 | 2 | 4 | 8, value: bigint): Promise<void>;
  readConfig(offset: number, size: 1 | 2 | 4): Promise<number>;
  writeConfig(offset: number, size: 1 | 2 | 4, value: number): Promise<void>;
  /** Coherent memory of the driver, which the device may access. */
  alloc(bytes: number): Promise<DriverMemory>;
  /** The expansion ROM as the operating system reads it. */
  readRom(length: number): Promise<Uint8Array>;
  /** Function level reset, after which memory space is enabled again. */
  reset(): Promise<void>;
}

/** Offsets in BAR 0 of test/contract/device.ts. */
const R = {
  ID: 0x00,
  SCRATCH: 0x04,
  STAT: 0x08,
  EVENTS: 0x0c,
  TAKEN: 0x50,
  WIDE: 0x10,
  DOOR: 0x18,
  TIME: 0x1c,
  B0: 0x20,
  H2: 0x22,
  Q: 0x28,
  WO: 0x30,
  LATER: 0x34,
  BROKEN: 0x38,
  SETUP: 0x3c,
  DMA_ADDRESS: 0x40,
  DMA_STATUS: 0x48,
  IRQ_RESULT: 0x4c,
  PORT: 0x80,
  PORT_COPY: 0x142,
  LANE: 0x160,
  LANE_COPY: 0x170,
  STAT_COPY: 0x120,
  EVENTS_COPY: 0x124,
  SCRATCH_COPY: 0x128,
  Q_COPY: 0x130,
  RAM: 0x700,
  LOGGED: 0x7fc,
  LOG: 0x800,
  TARGET: 0x100,
  RUN: 0x108,
  OLD: 0x110,
  FAULT: 0x118,
  BELLS: 0x1000,
  WINDOW: 0x1100,
} as const;
const COMMAND = 0x04;
const PMCSR = 0x44;
const VPD_ADDRESS = 0x86;
const VPD_DATA = 0x88;
const VPD_FLAG = 0x8000;
const LOCK = 0xd0;
const BAR_1 = 0x14;
const EXPANSION_ROM = 0x30;
const ONES32 = 0xffff_ffffn;

/** A few words for the cases. */
class Driver {
  readonly host: ContractHost;

  constructor(host: ContractHost) {
    this.host = host;
  }

  r(offset: number, size: 1 | 2 | 4 | 8 = 4): Promise<bigint> {
    return this.host.read(0, offset, size);
  }

  async w(offset: number, value: bigint | number, size: 1 | 2 | 4 | 8 = 4): Promise<void> {
    await this.host.write(0, offset, size, BigInt(value));
  }

  /** Has the device do something at a bus address: what it found there, and its fault. */
  async run(what: number, address: bigint): Promise<[bigint, bigint]> {
    await this.w(R.TARGET, address, 8);
    await this.w(R.RUN, what);
    return [await this.r(R.OLD, 8), await this.r(R.FAULT)];
  }

  /** Has the device transfer a dword of VPD: to the data register, or with VPD_FLAG from there. */
  async vpd(address: number): Promise<void> {
    const done = (address & VPD_FLAG) ^ VPD_FLAG;
    await this.host.writeConfig(VPD_ADDRESS, 2, address);
    for (let tries = 0; tries < 1000; tries++) {
      if (((await this.host.readConfig(VPD_ADDRESS, 2)) & VPD_FLAG) === done) return;
      // On the kernel host the device runs meanwhile.
      await setTimeout(1);
    }
    throw new Error(`VPD: no answer at ${address}`);
  }

  async all(...reads: Promise<bigint>[]): Promise<bigint[]> {
    return Promise.all(reads);
  }

  /** What the device has noted since the reset: [kind, value]. */
  async notes(): Promise<[number, number][]> {
    const count = Number(await this.r(R.LOGGED));
    const notes: [number, number][] = [];
    for (let n = 0; n < count; n++) {
      const word = Number(await this.r(R.LOG + 4 * n));
      notes.push([word >>> 24, word & 0xff_ffff]);
    }
    // The reset itself is the first.
    return notes.filter(([kind]) => kind !== NOTE.RESET);
  }
}

interface Case {
  readonly run: (driver: Driver) => Promise<unknown>;
  readonly expected: unknown;
}

const sizes = [1, 2, 4, 8] as const;

export const cases: Readonly<Record<string, Case>> = {
  'identity in configuration space': {
    run: async ({ host }) => [
      await host.readConfig(0, 4),
      await host.readConfig(8, 4),
      await host.readConfig(0x2c, 4),
      await host.readConfig(0, 2),
      await host.readConfig(1, 1),
    ],
    expected: [0xc0de_1234, 0xff00_0003, 0x5678_4321, 0x1234, 0x12],
  },
  'registers hold their reset values': {
    run: (d) => d.all(d.r(R.ID), d.r(R.SCRATCH), d.r(R.STAT), d.r(R.EVENTS), d.r(R.PORT + 8, 2), d.r(R.PORT + 4, 2)),
    expected: [0xc0ffeen, 0x1234_5678n, 0x50n, 0n, 3n, 0n],
  },
  'reads of each size': {
    run: (d) =>
      d.all(...sizes.map((size) => d.r(R.ID, size)), d.r(R.SCRATCH, 2), d.r(R.SCRATCH + 2, 2), d.r(R.SCRATCH + 3, 1)),
    expected: [0xeen, 0xffeen, 0xc0ffeen, 0x1234_5678_00c0_ffeen, 0x5678n, 0x1234n, 0x12n],
  },
  'writes of each size change their own bytes only': {
    run: async (d) => {
      await d.w(R.SCRATCH + 1, 0xab, 1);
      const one = await d.r(R.SCRATCH);
      await d.w(R.SCRATCH + 2, 0xcdef, 2);
      const two = await d.r(R.SCRATCH);
      await d.w(R.ID, 0xffff_ffff_8765_4321n, 8);
      return [one, two, await d.r(R.ID), await d.r(R.SCRATCH), await d.notes()];
    },
    expected: [
      0x1234_ab78n,
      0xcdef_ab78n,
      0xc0ffeen,
      0xffff_ffffn,
      [
        [NOTE.SCRATCH, 0x34_ab78],
        [NOTE.SCRATCH, 0xef_ab78],
        [NOTE.SCRATCH, 0xff_ffff],
      ],
    ],
  },
  'fields are stored, cleared and set by writing 1': {
    run: async (d) => {
      await d.w(R.SETUP, 1);
      const before = await d.r(R.STAT);
      await d.w(R.STAT, 0x105);
      const after = await d.r(R.STAT);
      await d.w(R.STAT, 0xf2, 1);
      return [before, after, await d.r(R.STAT)];
    },
    expected: [0x153n, 0x106n, 0x1f4n],
  },
  'reading clears, and only the bytes that were read': {
    run: async (d) => {
      await d.w(R.SETUP, 2);
      const other = await d.r(R.EVENTS + 1, 1);
      const first = await d.r(R.EVENTS);
      return [other, first, await d.r(R.EVENTS)];
    },
    expected: [0n, 0x9fn, 0x90n],
  },
  'reading sets': {
    run: async (d) => [await d.r(R.TAKEN, 1), await d.r(R.TAKEN, 1)],
    expected: [0xan, 0xbn],
  },
  'reserved bits of a 64-bit register': {
    run: async (d) => {
      await d.w(R.WIDE, 0xffff_ffff_ffff_ffffn, 8);
      const whole = await d.r(R.WIDE, 8);
      await d.w(R.WIDE + 4, 0);
      return [whole, await d.r(R.WIDE, 8), await d.r(R.WIDE + 4), await d.r(R.WIDE + 7, 1)];
    },
    expected: [0xff00_ffff_ff00_ffffn, 0xff00_ffffn, 0n, 0n],
  },
  'handlers answer reads of each size': {
    run: (d) =>
      d.all(d.r(R.TIME), d.r(R.TIME, 1), d.r(R.TIME + 2, 2), d.r(R.H2, 2), d.r(R.Q, 8), d.r(R.Q + 4), d.r(R.Q + 6, 2)),
    expected: [0xdead_beefn, 0xefn, 0xdeadn, 0xabcdn, 0x1122_3344_5566_7788n, 0x1122_3344n, 0x1122n],
  },
  'a read that covers plain and answered registers': {
    run: async (d) => {
      await d.w(R.B0, 0x2211, 2);
      return [await d.r(R.B0), await d.notes()];
    },
    expected: [0xabcd_2211n, [[NOTE.B0, 0x11]]],
  },
  'handlers are told of writes': {
    run: async (d) => {
      await d.w(R.DOOR, 7);
      await d.w(R.Q, 0xee00_0000_0000_0012n, 8);
      await d.w(R.WO, 0x77);
      await d.w(R.BELLS + 8, 5);
      await d.w(R.BELLS + 0x10, 0x0000_0009_0000_0008n, 8);
      return [await d.notes(), await d.r(R.WO), await d.r(R.BELLS + 8)];
    },
    expected: [
      [
        [NOTE.DOOR, 7],
        [NOTE.Q, 0xee12],
        [NOTE.WO, 0x77],
        [NOTE.BELLS, 0x805],
        [NOTE.BELLS, 0x1008],
        [NOTE.BELLS, 0x1409],
      ],
      0n,
      0n,
    ],
  },
  'ranges are told offset and size': {
    run: (d) => d.all(d.r(R.WINDOW), d.r(R.WINDOW + 4, 2), d.r(R.WINDOW + 7, 1), d.r(R.WINDOW + 8, 8)),
    expected: [4n, 0x42n, 0x71n, 0x0000_00c4_0000_0084n],
  },
  'plain memory keeps what is written; nothing else does': {
    run: async (d) => {
      await d.w(R.RAM + 0x20, 0x0102_0304_0506_0708n, 8);
      await d.w(0x60, 0xffff_ffff);
      return [await d.r(R.RAM + 0x24), await d.r(R.RAM + 0x3c), await d.r(0x60), await d.r(0x1ffc)];
    },
    expected: [0x0102_0304n, 0n, 0n, 0n],
  },
  'aliases of registers': {
    run: async (d) => {
      const first = await d.all(d.r(R.STAT_COPY), d.r(R.SCRATCH_COPY + 1, 1), d.r(R.Q_COPY, 8), d.r(R.Q_COPY + 6, 2));
      await d.w(R.SCRATCH_COPY + 2, 0xcdef, 2);
      await d.w(R.SETUP, 1);
      await d.w(R.STAT_COPY, 0x105);
      const stat = await d.all(d.r(R.STAT), d.r(R.STAT_COPY));
      await d.w(R.SETUP, 2);
      const events = [await d.r(R.EVENTS_COPY + 1, 1), await d.r(R.EVENTS_COPY), await d.r(R.EVENTS)];
      return [first, await d.r(R.SCRATCH), stat, events, await d.notes()];
    },
    expected: [
      [0x50n, 0x56n, 0x1122_3344_5566_7788n, 0x1122n],
      0xcdef_5678n,
      [0x106n, 0x106n],
      [0n, 0x9fn, 0x90n],
      [[NOTE.SCRATCH, 0xef_5678]],
    ],
  },
  'arrays of registers': {
    run: async (d) => {
      await d.w(R.SETUP, 3);
      const hit = await d.r(R.PORT + 16, 2);
      await d.w(R.PORT + 16, 0xffff, 2);
      return [hit, await d.r(R.PORT + 16, 2), await d.r(R.PORT + 24, 2), await d.r(R.PORT + 32, 2)];
    },
    expected: [0x13n, 0xfn, 3n, 0n],
  },
  'aliases of arrays': {
    run: async (d) => {
      await d.w(R.SETUP, 3);
      const between = await d.r(R.PORT_COPY + 18, 2);
      const hit = [await d.r(R.PORT_COPY + 16, 2), await d.r(R.PORT + 16, 2)];
      await d.w(R.PORT_COPY + 8, 0xfffa, 2);
      const ports = await d.all(...[0, 8, 16, 24].map((at) => d.r(R.PORT + at, 2)));
      await d.w(R.LANE_COPY + 4, 0x77, 1);
      await d.w(R.LANE_COPY, 0x0000_0022_0000_0011n, 8);
      const lanes = await d.all(d.r(R.LANE), d.r(R.LANE + 4), d.r(R.LANE_COPY + 4), d.r(R.LANE_COPY + 6, 2));
      return [between, hit, ports, lanes, await d.notes()];
    },
    expected: [
      0n,
      [0x13n, 3n],
      [3n, 0xan, 3n, 3n],
      [0x1a_0011n, 0x1a_0022n, 0x1a_0022n, 0x1an],
      [
        [NOTE.LANE, 0x1_0077],
        [NOTE.LANE, 0x0011],
        [NOTE.LANE, 0x1_0022],
      ],
    ],
  },
  'an answer that comes later': { run: (d) => d.r(R.LATER), expected: 0x1a7en },
  'a handler that throws reads as all-ones': {
    run: (d) => d.all(d.r(R.BROKEN), d.r(R.ID)),
    expected: [ONES32, 0xc0ffeen],
  },
  'registers of its own in configuration space': {
    run: async (d) => {
      await d.w(R.SETUP, 4);
      // The read waits for the device.
      await d.r(R.SETUP);
      const before = await d.host.readConfig(LOCK, 1);
      await d.host.writeConfig(LOCK, 1, 0xfe);
      const after = await d.host.readConfig(LOCK, 1);
      return [before, after, await d.notes()];
    },
    expected: [3, 0, [[NOTE.LOCK, 0xfe]]],
  },
  'BARs are sized by writing ones': {
    run: async ({ host }) => {
      const command = await host.readConfig(COMMAND, 2);
      await host.writeConfig(COMMAND, 2, 0);
      const sizes: number[] = [];
      for (const offset of [0x10, 0x18, 0x1c]) {
        const before = await host.readConfig(offset, 4);
        await host.writeConfig(offset, 4, 0xffff_ffff);
        sizes.push(await host.readConfig(offset, 4));
        await host.writeConfig(offset, 4, before);
      }
      await host.writeConfig(COMMAND, 2, command);
      return sizes;
    },
    expected: [0xffff_e000, 0xffff_f00c, 0xffff_ffff],
  },
  'without memory space nobody answers': {
    run: async (d) => {
      const command = await d.host.readConfig(COMMAND, 2);
      await d.host.writeConfig(COMMAND, 2, command & ~2);
      const off = await d.r(R.ID);
      await d.w(R.DOOR, 1);
      await d.host.writeConfig(COMMAND, 2, command | 2);
      return [off, await d.r(R.ID), await d.notes()];
    },
    expected: [ONES32, 0xc0ffeen, []],
  },
  'in D3hot nobody answers, and the device is told': {
    run: async (d) => {
      await d.w(R.SCRATCH, 5);
      const csr = await d.host.readConfig(PMCSR, 2);
      await d.host.writeConfig(PMCSR, 2, csr | 3);
      const asleep = await d.r(R.ID);
      await d.host.writeConfig(PMCSR, 2, csr & ~3);
      return [asleep, await d.r(R.SCRATCH), await d.notes()];
    },
    expected: [
      ONES32,
      5n,
      [
        [NOTE.SCRATCH, 5],
        [NOTE.POWER, 3],
        [NOTE.POWER, 0],
      ],
    ],
  },
  'a function level reset': {
    run: async (d) => {
      await d.w(R.SCRATCH, 5);
      await d.w(R.RAM, 7);
      await d.w(R.DOOR, 9);
      await d.host.reset();
      return [await d.r(R.SCRATCH), await d.r(R.RAM), await d.r(R.DOOR), await d.notes()];
    },
    expected: [0x1234_5678n, 0n, 0n, []],
  },
  'memory that device and driver share': {
    run: async (d) => {
      await d.w(R.SETUP, 5);
      await d.r(R.SETUP);
      const fromDevice = await d.host.read(2, 0x10, 1);
      await d.host.write(2, 0x20, 1, 0x77n);
      await d.host.write(2, 0xff8, 8, 0x0123_4567_89ab_cdefn);
      await d.w(R.SETUP, 6);
      return [fromDevice, await d.r(R.SCRATCH), await d.host.read(2, 0xffc, 4)];
    },
    expected: [0x5an, 0x77n, 0x0123_4567n],
  },
  'DMA without bus mastering, and to an address that is not mapped': {
    run: async (d) => {
      const command = await d.host.readConfig(COMMAND, 2);
      await d.host.writeConfig(COMMAND, 2, command & ~4);
      await d.w(R.DMA_ADDRESS, 0x1_2345_6000n, 8);
      const off = await d.r(R.DMA_STATUS);
      await d.host.writeConfig(COMMAND, 2, command | 4);
      await d.w(R.DMA_ADDRESS, 0x1_2345_6000n, 8);
      const unmapped = await d.r(R.DMA_STATUS);
      await d.host.writeConfig(COMMAND, 2, command);
      return [off, unmapped];
    },
    expected: [BigInt(DmaStatus.BUS_MASTER_OFF + 1), BigInt(DmaStatus.UNMAPPED + 1)],
  },
  'interrupts that nobody has enabled are refused': {
    run: async (d) => {
      await d.w(R.IRQ_RESULT, 0);
      return d.r(R.IRQ_RESULT);
    },
    expected: 0x82n,
  },
  'BARs in I/O space': {
    run: async (d) => {
      const { host } = d;
      const before = await host.readConfig(BAR_1, 4);
      await host.writeConfig(BAR_1, 4, 0xffff_ffff);
      const size = await host.readConfig(BAR_1, 4);
      await host.writeConfig(BAR_1, 4, before);
      await host.write(1, 0x01, 1, 0xffn);
      await host.write(1, 0x08, 1, 0x42n);
      return [
        size,
        await d.all(host.read(1, 0, 4), host.read(1, 2, 2), host.read(1, 4, 2), host.read(1, 5, 1)),
        await d.all(host.read(1, 9, 1), host.read(1, 9, 1)),
        await d.notes(),
      ];
    },
    expected: [0xffff_ffe1, [0x0102_ff04n, 0x0102n, 0xbeefn, 0xben], [0x13n, 0x10n], [[NOTE.IO_DOOR, 0x42]]],
  },
  'without I/O space nobody answers there': {
    run: async (d) => {
      const command = await d.host.readConfig(COMMAND, 2);
      await d.host.writeConfig(COMMAND, 2, command & ~1);
      const off = await d.host.read(1, 0, 4);
      await d.host.write(1, 8, 1, 1n);
      const memory = await d.r(R.ID);
      await d.host.writeConfig(COMMAND, 2, command | 1);
      return [off, memory, await d.host.read(1, 0, 4), await d.notes()];
    },
    expected: [ONES32, 0xc0ffeen, 0x0102_0304n, []],
  },
  'an expansion ROM': {
    run: async ({ host }) => {
      const before = await host.readConfig(EXPANSION_ROM, 4);
      await host.writeConfig(EXPANSION_ROM, 4, 0xffff_f800);
      const size = await host.readConfig(EXPANSION_ROM, 4);
      await host.writeConfig(EXPANSION_ROM, 4, before);
      return [size, Buffer.from(await host.readRom(ROM.length)).toString('hex')];
    },
    expected: [0xffff_f000, Buffer.from(ROM).toString('hex')],
  },
  'vital product data': {
    run: async (d) => {
      await d.vpd(0);
      const start = await d.host.readConfig(VPD_DATA, 4);
      await d.vpd(24);
      const before = await d.host.readConfig(VPD_DATA, 4);
      await d.host.writeConfig(VPD_DATA, 4, 0x0403_0201);
      await d.vpd(VPD_FLAG | 24);
      await d.vpd(VPD_FLAG | 0);
      await d.vpd(24);
      const after = await d.host.readConfig(VPD_DATA, 4);
      await d.vpd(0);
      return [start, before, after, await d.host.readConfig(VPD_DATA, 4)];
    },
    expected: [0x4300_0882, 0, 0x0403_0201, 0x4300_0882],
  },
  'AtomicOps of each kind and size': {
    run: async (d) => {
      const memory = await d.host.alloc(4096);
      const exchange = async (what: number, before: bigint[]) => {
        await memory.write(0, before[0] ?? 0n);
        await memory.write(8, before[1] ?? 0n);
        const [old, fault] = await d.run(what, memory.address);
        return [old, fault, await memory.read(0), await memory.read(8)];
      };
      const sevens = 0x0707_0707_0707_0707n;
      const results = [
        await exchange(RUN.ADD4, [0x1_ffff_fffen]),
        await exchange(RUN.ADD8, [0xffff_ffffn]),
        await exchange(RUN.SWAP4, [0x1_0000_0002n]),
        await exchange(RUN.SWAP8, [3n, 4n]),
        await exchange(RUN.CAS4, [0x1_0000_0007n]),
        await exchange(RUN.CAS4, [6n]),
        await exchange(RUN.CAS8, [7n]),
        await exchange(RUN.CAS8, [0x1_0000_0007n]),
        await exchange(RUN.CAS16, [sevens, sevens]),
        await exchange(RUN.CAS16, [sevens, sevens + 1n]),
      ];
      await memory.free();
      return results;
    },
    expected: [
      [0xffff_fffen, 0n, 0x1_0000_0003n, 0n],
      [0xffff_ffffn, 0n, 0x1_0000_0004n, 0n],
      [2n, 0n, 0x1_dead_beefn, 0n],
      [3n, 0n, 0x0123_4567_89ab_cdefn, 4n],
      [7n, 0n, 0x1_0000_0008n, 0n],
      [6n, 0n, 6n, 0n],
      [7n, 0n, 8n, 0n],
      [0x1_0000_0007n, 0n, 0x1_0000_0007n, 0n],
      [0x0707_0707_0707_0707n, 0n, 0x0808_0808_0808_0808n, 0x0808_0808_0808_0808n],
      [0x0707_0707_0707_0708n, 0n, 0x0707_0707_0707_0707n, 0x0707_0707_0707_0708n],
    ],
  },
  'AtomicOps that are refused': {
    run: async (d) => {
      const memory = await d.host.alloc(4096);
      const [, unmapped] = await d.run(RUN.ADD4, 0x1_2345_6000n);
      const [, unaligned] = await d.run(RUN.ADD8, memory.address + 4n);
      const command = await d.host.readConfig(COMMAND, 2);
      await d.host.writeConfig(COMMAND, 2, command & ~4);
      const [, off] = await d.run(RUN.ADD4, memory.address);
      await d.host.writeConfig(COMMAND, 2, command);
      await memory.free();
      const [, freed] = await d.run(RUN.ADD4, memory.address);
      return [unmapped, unaligned, off, freed];
    },
    expected: [DmaStatus.UNMAPPED, 0xff, DmaStatus.BUS_MASTER_OFF, DmaStatus.UNMAPPED].map(BigInt),
  },
  'coherent memory that the device has mapped, until the driver frees it': {
    run: async (d) => {
      const memory = await d.host.alloc(8192);
      await memory.write(0x1808, 0x5an);
      const [found, fault] = await d.run(RUN.MAP, memory.address + 0x1800n);
      const written = await memory.read(0x1808);
      await memory.write(0x1808, 0x7700n);
      const [later] = await d.run(RUN.LOOK, 0n);
      await memory.free();
      // The kernel takes the pages away in a work item.
      let [freed] = await d.run(RUN.LOOK, 0n);
      for (let tries = 0; freed !== 0n && tries < 1000; tries++) [freed] = await d.run(RUN.LOOK, 0n);
      const [, again] = await d.run(RUN.MAP, memory.address);
      return [found, fault, written, later, freed, again];
    },
    expected: [0x5an, 0n, 0x995an, 0x77n, 0n, BigInt(DmaStatus.UNMAPPED)],
  },
};

/** Runs every case, each after a reset. Returns those that have come out otherwise, by name. */
export async function runContract(
  host: ContractHost,
  equal: (got: unknown, expected: unknown) => void,
): Promise<Record<string, string>> {
  const failures: Record<string, string> = {};
  for (const [name, { run, expected }] of Object.entries(cases)) {
    try {
      await host.reset();
      equal(await run(new Driver(host)), expected);
    } catch (error) {
      failures[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return failures;
}
