import type { MsixLayout } from '../capabilities/capability.ts';
import { pbaBytes, tableBytes } from '../capabilities/msix.ts';
import { heapSpace, type SpaceMemory } from '../spaces.ts';

const ENTRY = 16;
const VECTOR_CONTROL = 12;
const MASK = 1;

/** MSI-X table and pending bits, which the host serves in a BAR (PCIe 6.0 7.7.2.5 to 7.7.2.9). */
export class SimMsix {
  readonly layout: MsixLayout;
  readonly table: SpaceMemory;
  readonly pba: SpaceMemory;

  constructor(layout: MsixLayout) {
    this.layout = layout;
    this.table = heapSpace(tableBytes(layout.vectors));
    this.pba = heapSpace(pbaBytes(layout.vectors));
    this.reset();
  }

  get vectors(): number {
    return this.layout.vectors;
  }

  /** All vectors masked, nothing pending. */
  reset(): void {
    this.table.image.fill(0);
    this.table.writeMask.fill(0xff);
    this.pba.image.fill(0);
    for (let vector = 0; vector < this.layout.vectors; vector++) {
      const control = vector * ENTRY + VECTOR_CONTROL;
      this.table.image[control] = MASK;
      this.table.writeMask.fill(0, control, control + 4);
      this.table.writeMask[control] = MASK;
    }
  }

  /** The structure that an access to the BAR belongs to, and where in it; none: the BAR's own registers. */
  structureAt(bar: number, offset: number): { memory: SpaceMemory; offset: number } | undefined {
    if (bar !== this.layout.bar) return undefined;
    for (const [start, memory] of [
      [this.layout.table, this.table],
      [this.layout.pba, this.pba],
    ] as const) {
      if (offset >= start && offset < start + memory.image.length) return { memory, offset: offset - start };
    }
    return undefined;
  }

  /** What the driver has written for a vector. */
  message(vector: number): { address: number; data: number } {
    const view = new DataView(this.table.image.buffer, this.table.image.byteOffset + vector * ENTRY, ENTRY);
    const address = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
    return { address, data: view.getUint32(8, true) };
  }

  isMasked(vector: number): boolean {
    return ((this.table.image[vector * ENTRY + VECTOR_CONTROL] as number) & MASK) !== 0;
  }

  isPending(vector: number): boolean {
    return ((this.pba.image[vector >>> 3] as number) & (1 << (vector & 7))) !== 0;
  }

  setPending(vector: number, pending: boolean): void {
    const bit = 1 << (vector & 7);
    const old = this.pba.image[vector >>> 3] as number;
    this.pba.image[vector >>> 3] = pending ? old | bit : old & ~bit;
  }
}
