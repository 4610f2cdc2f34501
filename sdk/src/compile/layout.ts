import type { BarSpec } from '../bars.ts';
import type { MsixLayout } from '../capabilities/capability.ts';
import { chainCapabilities } from '../config/chain.ts';
import { emptySpaceImage, type SpaceImage, writeHeader } from '../config/header.ts';
import type { AnyDeviceSpec, Identity } from '../device.ts';
import { CONFIG_BYTES, SPACE_CONFIG } from '../spaces.ts';
import { barImage } from './bar-image.ts';
import { checkSpec } from './check.ts';

/** A function whose definition has been checked, as images and masks: everything but its handlers. */
export interface FunctionLayout {
  readonly identity: Identity;
  readonly bars: readonly BarSpec[];
  readonly msix: MsixLayout | undefined;
  /** Register spaces by their number: BARs, and configuration space. */
  readonly spaces: ReadonlyMap<number, SpaceImage>;
}

/** Checks a device and lays it out. Throws a DeviceDefinitionError that says what to mend. */
export function layOut(name: string, spec: AnyDeviceSpec): FunctionLayout {
  const { bars, capabilities, msix } = checkSpec(name, spec);
  const config = emptySpaceImage(CONFIG_BYTES);
  writeHeader(config, spec.identity, bars);
  chainCapabilities(config, capabilities);
  const spaces = new Map<number, SpaceImage>(bars.map((bar) => [bar.index, barImage(bar)]));
  spaces.set(SPACE_CONFIG, config);
  return { identity: spec.identity, bars, msix, spaces };
}
