import type { FunctionLayout } from '../compile/layout.ts';
import { applyRead, applyWrite } from '../runtime/access-rules.ts';
import { CONFIG_BYTES, SPACE_ROM, type SpaceMemory } from '../spaces.ts';

const COMMAND = 0x04;
const COMMAND_IO = 0x1;
const COMMAND_MEMORY = 0x2;
const COMMAND_BUS_MASTER = 0x4;
/** What a driver enables; bits that the function has not got stay 0. */
const ENABLED = COMMAND_IO | COMMAND_MEMORY | COMMAND_BUS_MASTER;
const COMMAND_INTX_DISABLE = 0x400;
const STATUS = 0x06;
const STATUS_INTERRUPT = 0x08;
const INTERRUPT_PIN = 0x3d;
const BAR_0 = 0x10;
const BAR_FLAGS = 0xf;
const BAR_IO = 0x1;
const BAR_IO_FLAGS = 0x3;
const BAR_64BIT = 0x4;
const EXPANSION_ROM = 0x30;
const EXPANSION_ROM_ENABLE = 0x1;
/** Where I/O BARs go. */
const FIRST_PORT = 0xc000;
const FIRST_ADDRESS = 0xe000_0000;
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

  /** Whether COMMAND, and for the ROM its own bit, let accesses to a space through. */
  isEnabled(space: number): boolean {
    const command = this.#view.getUint16(COMMAND, true);
    if (space === SPACE_ROM && (this.#view.getUint32(EXPANSION_ROM, true) & EXPANSION_ROM_ENABLE) === 0) return false;
    return (command & (this.isIo(space) ? COMMAND_IO : COMMAND_MEMORY)) !== 0;
  }

  /** Whether a register space is a BAR in I/O space. */
  isIo(space: number): boolean {
    return space < SPACE_ROM && (this.#view.getUint32(BAR_0 + 4 * space, true) & BAR_IO) !== 0;
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

  /** Bus address of a BAR or the ROM, as the driver's host has written it. */
  barAddress(index: number): number {
    if (index === SPACE_ROM) return (this.#view.getUint32(EXPANSION_ROM, true) & ~EXPANSION_ROM_ENABLE) >>> 0;
    if (this.isIo(index)) return (this.#view.getUint32(BAR_0 + 4 * index, true) & ~BAR_IO_FLAGS) >>> 0;
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
    let next = FIRST_ADDRESS;
    let port = FIRST_PORT;
    for (const bar of layout.bars) {
      const offset = BAR_0 + 4 * bar.index;
      if (bar.kind === 'io') {
        port = this.#assign(offset, BAR_IO_FLAGS, port);
        continue;
      }
      next = this.#assign(offset, BAR_FLAGS, next);
      if (bar.bits === 64) this.write(offset + 4, 4, 0);
    }
    if (layout.romSize > 0) this.#assign(EXPANSION_ROM, EXPANSION_ROM_ENABLE, next);
    this.write(COMMAND, 2, ENABLED);
  }

  /** Gives the BAR at `offset` the first address from `next` on that suits its size; returns what is behind it. */
  #assign(offset: number, flags: number, next: number): number {
    this.write(offset, 4, (0xffff_ffff & ~flags) >>> 0);
    const size = (~(this.read(offset, 4) & ~flags) + 1) >>> 0;
    const address = Math.ceil(next / size) * size;
    this.write(offset, 4, address);
    return address + size;
  }

  /** What the operating system does before it enables MSI or MSI-X. */
  disableIntx(): void {
    this.write(COMMAND, 2, ENABLED | COMMAND_INTX_DISABLE);
  }

  enableMsix(): void {
    this.write(this.capability(MSIX_ID) + 2, 2, MSIX_ENABLE);
  }
}

function checkAddress(offset: number, size: number): number {
  if (Number.isInteger(offset) && offset >= 0 && offset % size === 0 && offset + size <= CONFIG_BYTES) return offset;
  throw new RangeError(`config offset ${offset}: use a multiple of ${size} below ${CONFIG_BYTES}`);
}
