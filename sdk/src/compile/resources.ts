import { type BarSpec, bar } from '../bars.ts';
import type { CapabilitySpec, MsixLayout } from '../capabilities/capability.ts';
import { msi } from '../capabilities/msi.ts';
import { msix, ownMsixBar } from '../capabilities/msix.ts';
import { pcieEndpoint } from '../capabilities/pcie.ts';
import { pm } from '../capabilities/pm.ts';
import type { RawConfig } from '../config/raw-config.ts';
import type { AnyDeviceSpec, Interrupts } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';

/** BARs and capabilities of a function, defaults filled in. */
export interface Resources {
  readonly bars: readonly BarSpec[];
  readonly capabilities: readonly CapabilitySpec[];
  readonly msix: MsixLayout | undefined;
  /** Interrupt pin: 1 for INTA to 4 for INTD, 0 for none. */
  readonly pin: number;
}

/** BARs for an MSI-X table without a place, the first free one is taken. */
const MSIX_BARS = [4, 5, 3, 2, 1, 0] as const;

const PINS = ['A', 'B', 'C', 'D'] as const;

/** Adds the default capabilities, and MSI-X as `interrupts` asks for it. */
export function resolveResources(spec: AnyDeviceSpec): Resources {
  if (spec.rawConfig) return rawResources(spec, spec.rawConfig);
  const capabilities = [...(spec.capabilities ?? [pm(), pcieEndpoint()])];
  const bars = [...spec.bars];
  addMsi(capabilities, spec.interrupts?.msi);
  let layout = capabilities.find((capability) => capability.msix)?.msix;
  const vectors = spec.interrupts?.msix;
  if (vectors !== undefined && !layout) {
    const index = freeBar(bars);
    const own = ownMsixBar(vectors, index);
    layout = own.layout;
    capabilities.push(msix(layout));
    bars.push(bar(index, { size: own.size }));
  } else if (vectors !== undefined && layout && layout.vectors !== vectors) {
    throw new DeviceDefinitionError(
      `interrupts.msix ${vectors} disagrees with the msix capability's ${layout.vectors} vectors; drop one of them`,
    );
  }
  if (layout && !bars.some(({ index }) => index === layout.bar)) {
    throw new DeviceDefinitionError(`msix: bar ${layout.bar} is not among the device's BARs; add it or choose another`);
  }
  const kind = bars.find(({ index }) => index === layout?.bar)?.kind ?? 'trapped';
  if (layout && kind !== 'trapped') {
    throw new DeviceDefinitionError(`msix: bar ${layout.bar} is of kind ${kind}; put the table into a trapped one`);
  }
  return { bars, capabilities, msix: layout, pin: pinNumber(spec.interrupts?.intx) };
}

function rawResources({ bars, interrupts }: AnyDeviceSpec, { msix: layout }: RawConfig): Resources {
  if (layout && !bars.some(({ index }) => index === layout.bar)) {
    throw new DeviceDefinitionError(`rawConfig.msix: bar ${layout.bar} is not among the device's BARs; add it`);
  }
  return { bars, capabilities: [], msix: layout, pin: pinNumber(interrupts?.intx) };
}

function addMsi(capabilities: CapabilitySpec[], vectors: Interrupts['msi']): void {
  if (vectors === undefined) return;
  if (capabilities.some(({ name }) => name === 'msi')) {
    throw new DeviceDefinitionError('interrupts.msi: there is an msi capability already; drop one of them');
  }
  capabilities.push(msi({ vectors }));
}

function pinNumber(pin: Interrupts['intx']): number {
  if (pin === undefined) return 0;
  const number = PINS.indexOf(pin) + 1;
  if (number > 0) return number;
  throw new DeviceDefinitionError(`interrupts.intx ${pin} is not one of ${PINS.join(', ')}`);
}

function freeBar(bars: readonly BarSpec[]) {
  const taken = new Set(bars.flatMap(({ index, bits }) => (bits === 64 ? [index, index + 1] : [index])));
  const index = MSIX_BARS.find((candidate) => !taken.has(candidate));
  if (index !== undefined) return index;
  throw new DeviceDefinitionError(
    'interrupts.msix: no BAR is free for the MSI-X table; put it into one of yours with msix({ vectors, bar, table, pba })',
  );
}
