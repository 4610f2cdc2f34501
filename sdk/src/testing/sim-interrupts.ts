import { uapi } from '@pciem/capture/uapi';
import type { MsixLayout } from '../capabilities/capability.ts';
import { IRQ_DELIVERED, IRQ_PENDING, IRQ_REFUSED } from '../host-port.ts';
import type { SpaceMemory } from '../spaces.ts';
import type { SimConfig } from './sim-config.ts';
import { SimIntx } from './sim-intx.ts';
import { SimIrqs } from './sim-irqs.ts';
import { MSI_ID, SimMsi } from './sim-msi.ts';
import { SimMsix } from './sim-msix.ts';
import type { SimParts, SimRecorder } from './sim-parts.ts';
import { bytesOf } from './sim-values.ts';

const { constants: c } = uapi;

/** Interrupts of one function: what it sends, what is held back, and what has arrived. */
export class SimInterrupts {
  readonly msix: SimMsix | undefined;
  readonly msi: SimMsi | undefined;
  readonly intx = new SimIntx();
  readonly irqs = new SimIrqs();
  readonly #parts: SimParts;
  readonly #config: SimConfig;
  readonly #record: SimRecorder;

  constructor(
    parts: SimParts,
    { config, space, msix }: { config: SimConfig; space: SpaceMemory; msix: MsixLayout | undefined },
    record: SimRecorder,
  ) {
    this.#parts = parts;
    this.#config = config;
    this.#record = record;
    this.msix = msix && new SimMsix(msix);
    const offset = config.capability(MSI_ID);
    this.msi = offset === 0 ? undefined : new SimMsi(space, offset);
  }

  raise(vector: number): number {
    const messages = this.#messages;
    if (!this.#parts.plugged || !messages || !this.#config.busMaster || this.#config.powerState !== 0)
      return IRQ_REFUSED;
    if (!Number.isInteger(vector) || vector < 0 || vector >= messages.vectors) return IRQ_REFUSED;
    if (this.#isMasked(vector)) {
      messages.setPending(vector, true);
      return IRQ_PENDING;
    }
    this.#deliver(messages, vector);
    return IRQ_DELIVERED;
  }

  setIntx(asserted: boolean): number {
    if (!this.#parts.plugged || !this.#config.hasPin) return IRQ_REFUSED;
    if (this.#config.intxStatus !== asserted && this.#config.intxEnabled) {
      this.#record({ kind: c.PCIEM_EVENT_INTX, vector: asserted ? 1 : 0, tag: this.#config.pin - 1 });
    }
    this.#config.intxStatus = asserted;
    this.intx.level = asserted && this.#config.intxEnabled;
    return !asserted || this.#config.intxEnabled ? IRQ_DELIVERED : IRQ_PENDING;
  }

  /** The driver has changed masks or enables: what they held back is sent (PCIe 6.0 6.1.4.5). */
  changed(): void {
    this.intx.level = this.#parts.plugged && this.#config.intxStatus && this.#config.intxEnabled;
    this.sendPending();
  }

  sendPending(): void {
    const messages = this.#messages;
    if (!messages) return;
    for (let vector = 0; vector < messages.vectors; vector++) {
      if (!messages.isPending(vector) || this.#isMasked(vector)) continue;
      messages.setPending(vector, false);
      this.#deliver(messages, vector);
    }
  }

  reset(): void {
    this.msix?.reset();
    this.intx.level = false;
  }

  /** The kind of messages that the driver has enabled. */
  get #messages(): SimMsix | SimMsi | undefined {
    if (this.#config.msixEnabled) return this.msix;
    return this.msi?.enabled ? this.msi : undefined;
  }

  #isMasked(vector: number): boolean {
    return (this.#messages?.isMasked(vector) ?? true) || (this.#config.msixEnabled && this.#config.msixMasked);
  }

  #deliver(messages: SimMsix | SimMsi, vector: number): void {
    const { address, data } = messages.message(vector);
    this.#record({ kind: c.PCIEM_EVENT_MSI, address, vector, data: bytesOf(BigInt(data), 4) });
    this.irqs.deliver(vector);
  }
}
