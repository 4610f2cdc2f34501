import { DeviceDefinitionError } from '../errors.ts';
import type { FieldSpec } from '../fields.ts';
import { hex } from '../hex.ts';
import type { RegisterSpec } from '../registers.ts';
import { bitMask, registerMasks } from './masks.ts';

const ACCESSES = ['rw', 'ro', 'w1c', 'w1s', 'rc', 'rs', 'wo'];
/** Properties of a register's accessor that are not fields. */
const RESERVED_NAMES = ['value', 'low', 'high', 'setBits', 'clearBits', 'add'];
/** A field is a number, and numbers are exact up to here. */
const MAX_FIELD_BITS = 53;

/** Checks one register by itself; `what` is its name in messages. */
export function checkRegister(what: string, register: RegisterSpec): void {
  if (!ACCESSES.includes(register.access)) {
    throw new DeviceDefinitionError(`${what}: access '${register.access}' is not one of ${ACCESSES.join(', ')}`);
  }
  checkValue(`${what}: reset`, register.reset, register.width);
  let taken = 0n;
  for (const [name, field] of Object.entries(register.fields)) {
    checkField(`${what}: field ${name}`, name, field, register.width);
    const mask = bitMask(field.lsb, field.msb);
    if (taken & mask) {
      throw new DeviceDefinitionError(`${what}: field ${name} shares bits ${hex(taken & mask)} with another field`);
    }
    taken |= mask;
    checkFieldReset(`${what}: field ${name}`, field, BigInt(register.reset) & mask);
  }
  checkHandlers(what, register);
}

function checkField(what: string, name: string, field: FieldSpec, width: number): void {
  if (RESERVED_NAMES.includes(name)) {
    throw new DeviceDefinitionError(`${what}: ${RESERVED_NAMES.join(', ')} name the register itself; rename the field`);
  }
  const { lsb, msb } = field;
  if (!Number.isInteger(lsb) || !Number.isInteger(msb) || lsb < 0 || msb < lsb || msb >= width) {
    throw new DeviceDefinitionError(
      `${what}: bits ${msb}:${lsb} must lie in ${width - 1}:0, low bit first: rw(lsb, msb)`,
    );
  }
  if (msb - lsb >= MAX_FIELD_BITS) {
    throw new DeviceDefinitionError(
      `${what}: ${msb - lsb + 1} bits are too many for a field; use at most ${MAX_FIELD_BITS}`,
    );
  }
}

function checkFieldReset(what: string, field: FieldSpec, registerReset: bigint): void {
  checkValue(`${what}: reset`, field.reset, field.msb - field.lsb + 1);
  const own = BigInt(field.reset) << BigInt(field.lsb);
  if (field.reset !== 0 && registerReset !== 0n && registerReset !== own) {
    throw new DeviceDefinitionError(
      `${what}: reset ${hex(field.reset)} disagrees with the register's reset value; drop one`,
    );
  }
}

function checkValue(what: string, value: number | bigint, bits: number): void {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (whole && value >= 0 && BigInt(value) <= bitMask(0, bits - 1)) return;
  const shown = whole ? hex(value) : String(value);
  throw new DeviceDefinitionError(`${what} value ${shown} must be a whole number of at most ${bits} bits`);
}

function checkHandlers(what: string, register: RegisterSpec): void {
  const masks = registerMasks(register);
  if (register.handlers.read && masks.rc !== 0n) {
    throw new DeviceDefinitionError(
      `${what}: bits ${hex(masks.rc)} are read-to-clear, and a read handler answers; clear them there`,
    );
  }
  if (register.handlers.read && masks.rs !== 0n) {
    throw new DeviceDefinitionError(
      `${what}: bits ${hex(masks.rs)} are read-to-set, and a read handler answers; set them there`,
    );
  }
  for (let shift = 0n; shift < BigInt(register.width); shift += 8n) {
    if (((masks.rc >> shift) & 0xffn) === 0n || ((masks.rs >> shift) & 0xffn) === 0n) continue;
    throw new DeviceDefinitionError(
      `${what}: bits ${shift + 7n}:${shift} are one byte, with bits that a read clears and others that it sets`,
    );
  }
}
