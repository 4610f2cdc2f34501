import { writeFileSync } from 'node:fs';
import {
  type ConfigAccess,
  type DeviceContext,
  type DeviceDefinition,
  type DmaOp,
  defineDevice,
  IRQ_DELIVERED,
  IRQ_PENDING,
  IRQ_REFUSED,
} from '@pciem/sdk';
import { z } from 'zod';
import type { RecordedEvent } from '../../model/recording.ts';
import { InnerDevice } from '../../proxy/core/inner-device.ts';
import { proxyDevice } from '../../proxy/core/proxy-device.ts';
import type { InterruptSource } from '../player.ts';
import { RecordedMemory } from '../recorded-memory.ts';
import type { Outcome } from '../result.ts';

/** An identity that no driver knows; the player shows the device's own one. */
const STRANGER = { vendor: 0xfff0, device: 0x7265, class: 0xff0000 } as const;

const COMMAND = 0x04;
const INTERRUPT_DISABLE = 0x0400;
const STATUS = 0x06;
const CAPABILITIES_LIST = 0x10;
const CAPABILITIES_POINTER = 0x34;
const MSI = 0x05;
const MSIX = 0x11;

/** A device whose memory and interrupts are those of a capture, while its registers are on a real bus. */
class ReplayedDevice extends InnerDevice {
  readonly #memory: RecordedMemory;
  readonly #interrupted: (source: InterruptSource) => void;
  readonly #irqs: number[] = [];
  #config: ConfigAccess | undefined;
  #asserts = 0;
  #level = false;

  constructor(
    definition: DeviceDefinition,
    options: Readonly<Record<string, unknown>>,
    events: readonly RecordedEvent[],
    interrupted: (source: InterruptSource) => void,
  ) {
    super(definition, options, {});
    this.#interrupted = interrupted;
    this.#memory = new RecordedMemory(events);
  }

  get outcome(): Outcome {
    const { differences: dma, bytes: dmaBytes } = this.#memory;
    return { dma, dmaBytes, irqs: this.#irqs, asserts: this.#asserts, errors: [] };
  }

  override start(ctx: DeviceContext): void {
    this.#config = ctx.config;
    super.start(ctx);
  }

  override transfer(_fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    return this.#memory.transfer(ops, from, to);
  }

  override raiseIrq(_fn: number, vector: number): number {
    if (!this.#config || !hasMessages(this.#config)) return IRQ_REFUSED;
    this.#irqs.push(vector);
    this.#interrupted(vector);
    return IRQ_DELIVERED;
  }

  override setIntx(_fn: number, asserted: boolean): number {
    if (this.#config && (this.#config.read16(COMMAND) & INTERRUPT_DISABLE) !== 0) return IRQ_PENDING;
    const rises = asserted && !this.#level;
    this.#level = asserted;
    if (rises) {
      this.#asserts++;
      this.#interrupted('INTx');
    }
    return IRQ_DELIVERED;
  }
}

/** Whether the driver has enabled MSI or MSI-X. */
function hasMessages(config: ConfigAccess): boolean {
  let at = config.read16(STATUS) & CAPABILITIES_LIST ? config.read8(CAPABILITIES_POINTER) & ~3 : 0;
  for (let limit = 48; at >= 0x40 && limit > 0; limit--) {
    const id = config.read8(at);
    const control = config.read16(at + 2);
    if ((id === MSI && control & 1) || (id === MSIX && control & 0x8000)) return true;
    at = config.read8(at + 1) & ~3;
  }
  return false;
}

/** Where a replayed device tells what it does. */
export interface ReplayReports {
  /** The `Outcome` is there when the device has left the bus. */
  readonly file: string;
  /** Told of each message, and of each time that INTx was asserted. */
  readonly interrupted: (source: InterruptSource) => void;
}

/** The device with the driver's side of a recording around it. */
export function replayedDevice(
  definition: DeviceDefinition,
  events: readonly RecordedEvent[],
  { file, interrupted }: ReplayReports,
): DeviceDefinition {
  let inner: ReplayedDevice | undefined;
  const parts = {
    mode: 'log',
    hooks: () => [],
    explain: false,
    started: () => () => writeFileSync(file, JSON.stringify(inner?.outcome)),
  } as const;
  const proxied = proxyDevice(definition, {}, parts, (behind, options) => {
    inner = new ReplayedDevice(behind, options, events, interrupted);
    return inner;
  });
  return defineDevice({
    name: proxied.name,
    options: z.record(z.string(), z.unknown()),
    device: (options) => ({ ...proxied.build(options as never), identity: STRANGER }),
  });
}
