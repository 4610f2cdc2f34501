import {
  bar,
  type DeviceContext,
  defineDevice,
  deviceSpec,
  msix,
  pcieEndpoint,
  pm,
  range,
  reg32,
  reg64,
  ro,
  rw,
} from '@pciem/sdk';
import { FileStore } from './backing/file.ts';
import { MemoryStore } from './backing/memory.ts';
import type { BackingStore } from './backing/store.ts';
import { Controller } from './controller.ts';
import { VERSION } from './data/identify-controller.ts';
import { DOORBELLS } from './doorbells.ts';
import { defaultSerial, makeIdentity, VENDOR } from './identity.ts';
import { Namespace } from './namespace.ts';
import { type Options, optionsSchema } from './options.ts';
import type { Ports } from './ports.ts';
import { CAP_HIGH, CAP_LOW, Register } from './registers.ts';

/** Mass storage, non-volatile memory, NVM Express (NVMe 1.4 §2.1.5). */
const CLASS = 0x010802;
const DEVICE = 0x4e56;
/** BAR 0: registers, doorbells, MSI-X table and pending bits, a page each; enough for 64 I/O queues. */
const BAR_SIZE = 0x4000;
const DOORBELL_BYTES = 0x1000;
const MSIX_TABLE = 0x2000;
const MSIX_PBA = 0x3000;
const DEFAULT_SIZE = 256 * 2 ** 20;

const CAP = (BigInt(CAP_HIGH) << 32n) | BigInt(CAP_LOW);

function registerBar(queuePairs: number) {
  const doorbell = { width: 4, count: queuePairs, stride: 8, role: 'doorbell' } as const;
  return bar(0, {
    size: BAR_SIZE,
    bits: 64,
    registers: {
      CAP: reg64(Register.CAP, { reset: CAP, access: 'ro', relaxed: true }),
      VS: reg32(Register.VS, { reset: VERSION, access: 'ro', relaxed: true }),
      INTMS: reg32(Register.INTMS),
      INTMC: reg32(Register.INTMC),
      CC: reg32(Register.CC, {
        access: 'ro',
        fields: {
          EN: rw(0),
          CSS: rw(4, 6),
          MPS: rw(7, 10),
          AMS: rw(11, 13),
          SHN: rw(14, 15),
          IOSQES: rw(16, 19),
          IOCQES: rw(20, 23),
        },
      }),
      CSTS: reg32(Register.CSTS, { fields: { RDY: ro(0), CFS: ro(1), SHST: ro(2, 3) } }),
      AQA: reg32(Register.AQA, { fields: { ASQS: rw(0, 11), ACQS: rw(16, 27) } }),
      ASQ: reg64(Register.ASQ, { fields: { ASQB: rw(12, 63) } }),
      ACQ: reg64(Register.ACQ, { fields: { ACQB: rw(12, 63) } }),
    },
    ranges: {
      doorbells: range(DOORBELLS, {
        length: DOORBELL_BYTES,
        contents: [
          { name: 'SQ{n}TDBL', offset: 0, ...doorbell },
          { name: 'CQ{n}HDBL', offset: 4, ...doorbell },
        ],
      }),
    },
  });
}

type Context = DeviceContext<readonly [ReturnType<typeof registerBar>]>;

function portsOf(ctx: Context): Ports {
  const { regs, dma, irq, log } = ctx;
  return {
    dma,
    registers: {
      setStatus: (csts) => {
        regs.CSTS.value = csts;
      },
      setInterruptMask: (mask) => {
        regs.INTMS.value = mask;
        regs.INTMC.value = mask;
      },
      adminQueueAttributes: () => regs.AQA.value,
      adminSubmissionQueue: () => [regs.ASQ.low, regs.ASQ.high],
      adminCompletionQueue: () => [regs.ACQ.low, regs.ACQ.high],
    },
    interrupt: (vector) => irq.raise(vector),
    warn: (message) => log.warn(message),
  };
}

function makeController(ctx: Context, options: Options): Controller {
  let store: BackingStore;
  let backing: string | undefined;
  if (options.backing === undefined) store = new MemoryStore(options.size ?? DEFAULT_SIZE);
  else {
    const file = new FileStore(options.backing, options.size);
    store = file;
    backing = file.path;
  }
  const identity = makeIdentity(options.serial ?? defaultSerial(backing), options.model);
  const namespace = new Namespace(1, store, options.lbaSize, identity);
  return new Controller(portsOf(ctx), {
    identity,
    namespaces: [namespace],
    ioQueues: options.queues,
    doorbellBuffer: options.doorbellBuffer,
  });
}

/** An NVMe 1.4 controller with one namespace. */
export default defineDevice({
  name: 'nvme',
  summary: 'NVMe 1.4 controller with one namespace',
  options: optionsSchema,
  device: (options) =>
    deviceSpec({
      identity: { vendor: VENDOR, device: DEVICE, class: CLASS, revision: 1 },
      bars: [registerBar(options.queues + 1)],
      capabilities: [
        pm(),
        pcieEndpoint(),
        msix({ vectors: options.queues + 1, bar: 0, table: MSIX_TABLE, pba: MSIX_PBA }),
      ],
      setup(ctx) {
        const controller = makeController(ctx, options);
        return {
          write: {
            CC: (value) => controller.configure(value),
            INTMS: (value) => controller.maskInterrupts(value, 0),
            INTMC: (value) => controller.maskInterrupts(0, value),
            doorbells: (offset, value) => controller.ring(offset, value),
          },
          drained: () => controller.drained(),
          pending: () => controller.pending,
          idle: () => controller.idle(),
          reset: () => controller.reset(),
          stop: () => controller.close(),
        };
      },
    }),
});
