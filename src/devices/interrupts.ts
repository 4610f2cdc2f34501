/** The interrupts that a function can send. */
export interface InterruptDescription {
  msix: number;
  msi: number;
  /** `A` to `D`. */
  pin: string | undefined;
}

const STATUS = 0x06;
const STATUS_CAPABILITIES = 0x10;
const CAPABILITIES = 0x34;
const INTERRUPT_PIN = 0x3d;
const MSI_ID = 0x05;
const MSIX_ID = 0x11;
/** A chain is at most so long. */
const MAX_CAPABILITIES = 48;

/** Reads them from configuration space as it is after reset (PCIe 6.0 7.7.1.2, 7.7.2.2, 7.5.1.1.13). */
export function describeInterrupts(config: DataView): InterruptDescription {
  const pin = config.getUint8(INTERRUPT_PIN);
  const result: InterruptDescription = { msix: 0, msi: 0, pin: pin === 0 ? undefined : 'ABCD'[pin - 1] };
  if (!(config.getUint16(STATUS, true) & STATUS_CAPABILITIES)) return result;
  let at = config.getUint8(CAPABILITIES);
  for (let left = MAX_CAPABILITIES; at !== 0 && left > 0; left--) {
    const control = config.getUint16(at + 2, true);
    if (config.getUint8(at) === MSIX_ID) result.msix = (control & 0x7ff) + 1;
    if (config.getUint8(at) === MSI_ID) result.msi = 1 << ((control >> 1) & 7);
    at = config.getUint8(at + 1);
  }
  return result;
}

/** `4 MSI-X vectors, INTA`; `none`. */
export function interruptsText({ msix, msi, pin }: InterruptDescription): string {
  const kinds = [
    ...(msix > 0 ? [`${msix} MSI-X vector${msix === 1 ? '' : 's'}`] : []),
    ...(msi > 0 ? [`${msi} MSI vector${msi === 1 ? '' : 's'}`] : []),
    ...(pin === undefined ? [] : [`INT${pin}`]),
  ];
  return kinds.length === 0 ? 'none' : kinds.join(', ');
}
