import { ERROR_BRAND } from '../errors.ts';

/** A register map that cannot be used: one line for each problem, with its place in the file. */
export class RegisterMapError extends Error {
  override readonly name = 'RegisterMapError';
  readonly [ERROR_BRAND] = 'map';
  /** Such as `regs.yaml:12:7: bars[0].registers[2].width: …`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Works across copies of the SDK, unlike `instanceof`. */
export function isRegisterMapError(error: unknown): error is RegisterMapError {
  return typeof error === 'object' && error !== null && ERROR_BRAND in error && error[ERROR_BRAND] === 'map';
}
