import { DeviceDefinitionError } from '../errors.ts';
import { hex } from '../hex.ts';
import { CapabilityBuilder, type CapabilitySpec, type MsixLayout } from './capability.ts';

const MSIX_ID = 0x11;
const MESSAGE_CONTROL = 2;
const FUNCTION_MASK_AND_ENABLE = 0xc000;
const TABLE = 4;
const PBA = 8;
const MAX_VECTORS = 2048;
const ENTRY_BYTES = 16;
const MIN_BAR_BYTES = 4096;

/** MSI-X capability (PCIe 6.0 7.7.2). The host serves the table and the pending bits in the BAR. */
export function msix(layout: MsixLayout): CapabilitySpec {
  checkVectors('msix: vectors', layout.vectors);
  for (const part of ['table', 'pba'] as const) {
    if (layout[part] % 8 !== 0) {
      throw new DeviceDefinitionError(`msix: ${part} at ${hex(layout[part])} must be a multiple of 8`);
    }
  }
  return new CapabilityBuilder('msix', MSIX_ID, 12)
    .reg16(MESSAGE_CONTROL, layout.vectors - 1, FUNCTION_MASK_AND_ENABLE)
    .reg32(TABLE, layout.table | layout.bar)
    .reg32(PBA, layout.pba | layout.bar)
    .build({ msix: { ...layout } });
}

/** Bytes of the vector table. */
export function tableBytes(vectors: number): number {
  return vectors * ENTRY_BYTES;
}

/** Bytes of the pending bit array: 64 vectors in each quadword. */
export function pbaBytes(vectors: number): number {
  return Math.ceil(vectors / 64) * 8;
}

/** Table and PBA in a BAR of their own: the table from its start, the PBA in its upper half. */
export function ownMsixBar(vectors: number, bar: number): { layout: MsixLayout; size: number } {
  checkVectors('interrupts.msix:', vectors);
  let size = MIN_BAR_BYTES;
  while (size / 2 < tableBytes(vectors)) size *= 2;
  return { layout: { vectors, bar, table: 0, pba: size / 2 }, size };
}

function checkVectors(what: string, vectors: number): void {
  if (Number.isInteger(vectors) && vectors >= 1 && vectors <= MAX_VECTORS) return;
  throw new DeviceDefinitionError(`${what} ${vectors} must be a whole number from 1 to ${MAX_VECTORS}`);
}
