import type { BarSpec } from '../bars.ts';
import type { MsixLayout } from '../capabilities/capability.ts';
import { chainCapabilities } from '../config/chain.ts';
import { emptySpaceImage, type SpaceImage, writeHeader } from '../config/header.ts';
import { overlayRawConfig } from '../config/raw-config.ts';
import type { AnyDeviceSpec, Identity } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { RegisterMap } from '../registers.ts';
import { CONFIG_BYTES, SPACE_CONFIG } from '../spaces.ts';
import { barImage, putRegisters } from './bar-image.ts';
import { checkSpec } from './check.ts';

/** Header Type (PCIe 6.0 7.5.1.1.9). */
const HEADER_TYPE = 0x0e;
const MULTI_FUNCTION = 0x80;

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

const MAX_FUNCTIONS = 8;

/** All functions of a device. */
export function functionsOf(spec: AnyDeviceSpec): readonly AnyDeviceSpec[] {
  const functions = [spec, ...(spec.functions ?? [])];
  if (functions.length > MAX_FUNCTIONS) {
    throw new DeviceDefinitionError(
      `functions: ${functions.length} are too many; a device has at most ${MAX_FUNCTIONS}`,
    );
  }
  if (functions.slice(1).some((each) => each.functions !== undefined)) {
    throw new DeviceDefinitionError('functions: only function 0 has further functions');
  }
  return functions;
}

/**
 * Checks a function and lays it out. `isOneOfSeveral`: of a multi-function device. Throws a DeviceDefinitionError that
 * says what to mend.
 */
export function layOut(name: string, spec: AnyDeviceSpec, isOneOfSeveral = false): FunctionLayout {
  const { bars, capabilities, msix, pin } = checkSpec(name, spec);
  const registers = spec.config ?? {};
  const config = emptySpaceImage(CONFIG_BYTES);
  writeHeader(config, spec.identity, bars, pin);
  if (isOneOfSeveral) config.image.setUint8(HEADER_TYPE, MULTI_FUNCTION);
  chainCapabilities(config, capabilities, registers);
  putRegisters(config, registers);
  if (spec.rawConfig) overlayRawConfig(config, spec.rawConfig);
  const trapped = bars.filter(({ kind }) => kind === 'trapped');
  const spaces = new Map<number, SpaceImage>(trapped.map((bar) => [bar.index, barImage(bar)]));
  spaces.set(SPACE_CONFIG, config);
  return { identity: spec.identity, bars, config: registers, msix, spaces };
}
