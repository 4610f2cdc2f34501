import type { BackingStore } from './backing/store.ts';
import type { Identity, NamespaceIds } from './identity.ts';
import { makeNamespaceIds } from './identity.ts';

/** LBA formats: log2 of the block size, and relative performance (0 is best; NVMe 1.4 figure 245, LBAF). */
export const LBA_FORMATS = [
  { shift: 9, performance: 2 },
  { shift: 12, performance: 0 },
] as const;

export type LbaSize = 512 | 4096;

/** A namespace: blocks of one size in a backing store. */
export class Namespace {
  readonly id: number;
  readonly store: BackingStore;
  readonly ids: NamespaceIds;
  /** Index into LBA_FORMATS. */
  format: number;

  constructor(id: number, store: BackingStore, lbaSize: LbaSize, identity: Identity) {
    this.id = id;
    this.store = store;
    this.ids = makeNamespaceIds(identity, id);
    this.format = LBA_FORMATS.findIndex(({ shift }) => 1 << shift === lbaSize);
  }

  get lbaShift(): number {
    return this.format === 0 ? 9 : 12;
  }

  /** Bytes. */
  get capacity(): number {
    return this.store.size;
  }

  /** Logical blocks. */
  get blocks(): number {
    return this.store.size / (1 << this.lbaShift);
  }
}
