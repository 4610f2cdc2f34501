import { LBA_FORMATS, type Namespace } from '../namespace.ts';
import { type Field, pack } from './fields.ts';

/** Identify Namespace data structure (NVMe 1.4 §5.15.2.1, figure 245). */
export function identifyNamespace(namespace: Namespace): Uint8Array {
  const fields: Field[] = [
    [0, 8, 'NSZE', namespace.blocks],
    [8, 8, 'NCAP', namespace.blocks],
    [16, 8, 'NUSE', namespace.blocks],
    [25, 1, 'NLBAF', LBA_FORMATS.length - 1],
    [26, 1, 'FLBAS', namespace.format],
    [33, 1, 'DLFEAT', 0x9], // deallocated blocks read 00h; Write Zeroes may deallocate
    [48, 16, 'NVMCAP', namespace.capacity],
    [104, 16, 'NGUID', namespace.ids.nguid],
    [120, 8, 'EUI64', namespace.ids.eui64],
    // LBADS in bits 23:16, relative performance in 25:24
    ...LBA_FORMATS.map(
      ({ shift, performance }, i): Field => [128 + i * 4, 4, `LBAF${i}`, (performance << 24) | (shift << 16)],
    ),
  ];
  return pack(4096, fields);
}
