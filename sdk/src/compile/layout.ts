import { type BarSpec, isTrapped } from '../bars.ts';
import type { MsixLayout } from '../capabilities/capability.ts';
import { chainCapabilities, type Placed } from '../config/chain.ts';
import { emptySpaceImage, type SpaceImage, writeHeader } from '../config/header.ts';
import { overlayRawConfig } from '../config/raw-config.ts';
import type { AnyDeviceSpec, Identity } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { RegisterMap } from '../registers.ts';
import { romImage } from '../rom.ts';
import { CONFIG_BYTES, SPACE_CONFIG, SPACE_ROM } from '../spaces.ts';
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
  readonly capabilities: readonly Placed[];
  /** Bytes of the expansion ROM; 0 if there is none. */
  readonly romSize: number;
  /** Register spaces by their number: BARs whose accesses are trapped, expansion ROM, and configuration space. */
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
  const rom = spec.rom === undefined ? undefined : romImage(spec.rom);
  writeHeader(config, { identity: spec.identity, bars, pin, romSize: rom?.length ?? 0 });
  if (isOneOfSeveral) config.image.setUint8(HEADER_TYPE, MULTI_FUNCTION);
  const placed = chainCapabilities(config, capabilities, registers);
  putRegisters(config, registers);
  if (spec.rawConfig) overlayRawConfig(config, spec.rawConfig);
  const trapped = bars.filter(isTrapped);
  const spaces = new Map<number, SpaceImage>(trapped.map((bar) => [bar.index, barImage(bar)]));
  if (rom) spaces.set(SPACE_ROM, { ...emptySpaceImage(rom.length), image: new DataView(rom.buffer) });
  spaces.set(SPACE_CONFIG, config);
  return {
    identity: spec.identity,
    bars,
    config: registers,
    msix,
    romSize: rom?.length ?? 0,
    capabilities: placed,
    spaces,
  };
}
