import type { BarSpec } from '../bars.ts';
import type { MsixLayout } from '../capabilities/capability.ts';
import { chainCapabilities } from '../config/chain.ts';
import { emptySpaceImage, type SpaceImage, writeHeader } from '../config/header.ts';
import { overlayRawConfig } from '../config/raw-config.ts';
import type { AnyDeviceSpec, Identity } from '../device.ts';
import type { RegisterMap } from '../registers.ts';
import { CONFIG_BYTES, SPACE_CONFIG } from '../spaces.ts';
import { barImage, putRegisters } from './bar-image.ts';
import { checkSpec } from './check.ts';

/** A function whose definition has been checked, as images and masks: everything but its handlers. */
export interface FunctionLayout {
  readonly identity: Identity;
  readonly bars: readonly BarSpec[];
  /** The device's own registers in configuration space. */
  readonly config: RegisterMap;
  readonly msix: MsixLayout | undefined;
  /** Register spaces by their number: trapped BARs, and configuration space. */
  readonly spaces: ReadonlyMap<number, SpaceImage>;
}

/** Checks a device and lays it out. Throws a DeviceDefinitionError that says what to mend. */
export function layOut(name: string, spec: AnyDeviceSpec): FunctionLayout {
  const { bars, capabilities, msix, pin } = checkSpec(name, spec);
  const registers = spec.config ?? {};
  const config = emptySpaceImage(CONFIG_BYTES);
  writeHeader(config, spec.identity, bars, pin);
  chainCapabilities(config, capabilities, registers);
  putRegisters(config, registers);
  if (spec.rawConfig) overlayRawConfig(config, spec.rawConfig);
  const trapped = bars.filter(({ kind }) => kind === 'trapped');
  const spaces = new Map<number, SpaceImage>(trapped.map((bar) => [bar.index, barImage(bar)]));
  spaces.set(SPACE_CONFIG, config);
  return { identity: spec.identity, bars, config: registers, msix, spaces };
}
