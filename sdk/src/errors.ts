/** Marks errors that are a person's to mend, across copies of the SDK. */
export const ERROR_BRAND: unique symbol = Symbol.for('pciem.error');

/** A device definition that cannot be built. The message names the place, the value and the fix. */
export class DeviceDefinitionError extends Error {
  override readonly name = 'DeviceDefinitionError';
  readonly [ERROR_BRAND] = 'definition';
}

/** Options that do not fit the device's schema: one line for each problem. */
export class DeviceOptionsError extends Error {
  override readonly name = 'DeviceOptionsError';
  readonly [ERROR_BRAND] = 'options';
  readonly device: string;
  readonly problems: readonly string[];

  constructor(device: string, problems: readonly string[]) {
    super(`device ${device}: ${problems.join('; ')}`);
    this.device = device;
    this.problems = problems;
  }
}

/** Works across copies of the SDK, unlike `instanceof`. */
export function isDeviceDefinitionError(error: unknown): error is DeviceDefinitionError {
  return brandOf(error) === 'definition';
}

/** Works across copies of the SDK, unlike `instanceof`. */
export function isDeviceOptionsError(error: unknown): error is DeviceOptionsError {
  return brandOf(error) === 'options';
}

function brandOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && ERROR_BRAND in error ? error[ERROR_BRAND] : undefined;
}
