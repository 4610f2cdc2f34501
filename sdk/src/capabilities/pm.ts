import { CapabilityBuilder, type CapabilitySpec } from './capability.ts';

const PM_ID = 0x01;
const PMC = 2;
const PMC_VERSION_3 = 3;
const PMCSR = 4;
const PMCSR_POWER_STATE = 0x0003;
const PMCSR_NO_SOFT_RESET = 0x0008;

export interface PmOptions {
  /** Whether the function keeps its state from D3hot to D0; `true` when left out. */
  readonly noSoftReset?: boolean;
}

/** PCI Power Management capability (PCIe 6.0 7.5.2): D0 and D3hot, no PME. */
export function pm(options: PmOptions = {}): CapabilitySpec {
  return new CapabilityBuilder('pm', PM_ID, 8)
    .reg16(PMC, PMC_VERSION_3)
    .reg16(PMCSR, (options.noSoftReset ?? true) ? PMCSR_NO_SOFT_RESET : 0, PMCSR_POWER_STATE)
    .build();
}
