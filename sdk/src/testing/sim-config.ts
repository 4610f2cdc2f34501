import type { FunctionLayout } from '../compile/layout.ts';
import { applyRead, applyWrite } from '../runtime/access-rules.ts';
import { CONFIG_BYTES, type SpaceMemory } from '../spaces.ts';

const COMMAND = 0x04;
const COMMAND_MEMORY = 0x2;
const COMMAND_BUS_MASTER = 0x4;
const COMMAND_INTX_DISABLE = 0x400;
const STATUS = 0x06;
const STATUS_INTERRUPT = 0x08;
const INTERRUPT_PIN = 0x3d;
const BAR_0 = 0x10;
const BAR_FLAGS = 0xf;
const BAR_64BIT = 0x4;
const CAPABILITIES_POINTER = 0x34;
const MSIX_ID = 0x11;
const MSIX_ENABLE = 0x8000;
const MSIX_MASK_ALL = 0x4000;
const PM_ID = 0x01;
const PMCSR = 4;
const PMCSR_POWER_STATE = 0x3;
const PMCSR_NO_SOFT_RESET = 0x8;
const PCIE_ID = 0x10;
const DEVICE_CONTROL = 8;
const INITIATE_FLR = 0x8000;

/** Configuration space as the root complex sees it. */
export class SimConfig {
  readonly #memory: SpaceMemory;
  readonly #view: DataView;

  constructor(memory: SpaceMemory) {
    this.#memory = memory;
    this.#view = new DataView(memory.image.buffer, memory.image.byteOffset, CONFIG_BYTES);
  }

  /** A configuration read; `size` bytes, naturally aligned. */
  read(offset: number, size: number): number {
    const data = new Uint8Array(4);
    applyRead(this.#memory, checkAddress(offset, size), data.subarray(0, size));
    return new DataView(data.buffer).getUint32(0, true);
  }

  /** A configuration write. Returns whether it asks for a function level reset. */
  write(offset: number, size: number, value: number): boolean {
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, value, true);
    applyWrite(this.#memory, checkAddress(offset, size), data.subarray(0, size));
    const control = this.capability(PCIE_ID) + DEVICE_CONTROL;
    return offset === control && size >= 2 && (value & INITIATE_FLR) !== 0;
  }

  get memoryEnabled(): boolean {
    return (this.#view.getUint16(COMMAND, true) & COMMAND_MEMORY) !== 0;
  }

  get busMaster(): boolean {
    return (this.#view.getUint16(COMMAND, true) & COMMAND_BUS_MASTER) !== 0;
  }

  get intxEnabled(): boolean {
    return (this.#view.getUint16(COMMAND, true) & COMMAND_INTX_DISABLE) === 0;
  }

  /** 0 for D0 to 3 for D3hot. */
  get powerState(): number {
    return this.#pmcsr & PMCSR_POWER_STATE;
  }

  /** Whether the function keeps its state from D3hot to D0. */
  get noSoftReset(): boolean {
    return (this.#pmcsr & PMCSR_NO_SOFT_RESET) !== 0;
  }

  /** 1 for INTA to 4 for INTD. */
  get pin(): number {
    return this.#view.getUint8(INTERRUPT_PIN);
  }

  /** Bus address of a BAR, as the driver's host has written it. */
  barAddress(index: number): number {
    const low = this.#view.getUint32(BAR_0 + 4 * index, true);
    const high = (low & BAR_64BIT) !== 0 ? this.#view.getUint32(BAR_0 + 4 * index + 4, true) : 0;
    return high * 2 ** 32 + ((low & ~BAR_FLAGS) >>> 0);
  }

  get hasPin(): boolean {
    return this.#view.getUint8(INTERRUPT_PIN) !== 0;
  }

  /** Interrupt Status (PCIe 6.0 7.5.1.1.4). */
  get intxStatus(): boolean {
    return (this.#view.getUint8(STATUS) & STATUS_INTERRUPT) !== 0;
  }

  set intxStatus(asserted: boolean) {
    const rest = this.#view.getUint8(STATUS) & ~STATUS_INTERRUPT;
    this.#view.setUint8(STATUS, rest | (asserted ? STATUS_INTERRUPT : 0));
  }

  get msixEnabled(): boolean {
    return (this.#msixControl() & MSIX_ENABLE) !== 0;
  }

  get msixMasked(): boolean {
    return (this.#msixControl() & MSIX_MASK_ALL) !== 0;
  }

  /** Byte offset of a capability; 0 when it is not there (PCIe 6.0 7.5.1.1.11). */
  capability(id: number): number {
    let offset = this.#view.getUint8(CAPABILITIES_POINTER);
    for (let limit = 48; offset !== 0 && limit > 0; limit--) {
      if (this.#view.getUint8(offset) === id) return offset;
      offset = this.#view.getUint8(offset + 1);
    }
    return 0;
  }

  get #pmcsr(): number {
    const offset = this.capability(PM_ID);
    return offset === 0 ? 0 : this.#view.getUint16(offset + PMCSR, true);
  }

  #msixControl(): number {
    const offset = this.capability(MSIX_ID);
    return offset === 0 ? 0 : this.#view.getUint16(offset + 2, true);
  }

  /** Does what the operating system does at boot: sizes the BARs, gives them addresses, and enables the function. */
  enumerate(layout: FunctionLayout): void {
    let next = 0xe000_0000;
    for (const bar of layout.bars) {
      const offset = BAR_0 + 4 * bar.index;
      this.write(offset, 4, 0xffff_ffff);
      const size = (~(this.read(offset, 4) & ~BAR_FLAGS) + 1) >>> 0;
      next = Math.ceil(next / size) * size;
      this.write(offset, 4, next);
      if (bar.bits === 64) this.write(offset + 4, 4, 0);
      next += size;
    }
    this.write(COMMAND, 2, COMMAND_MEMORY | COMMAND_BUS_MASTER);
  }

  /** What the operating system does before it enables MSI or MSI-X. */
  disableIntx(): void {
    this.write(COMMAND, 2, COMMAND_MEMORY | COMMAND_BUS_MASTER | COMMAND_INTX_DISABLE);
  }

  enableMsix(): void {
    this.write(this.capability(MSIX_ID) + 2, 2, MSIX_ENABLE);
  }
}

function checkAddress(offset: number, size: number): number {
  if (Number.isInteger(offset) && offset >= 0 && offset % size === 0 && offset + size <= CONFIG_BYTES) return offset;
  throw new RangeError(`config offset ${offset}: use a multiple of ${size} below ${CONFIG_BYTES}`);
}
