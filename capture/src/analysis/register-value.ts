import type { DeviceMapField } from '../device-map.ts';
import type { Transaction } from './frame.ts';
import type { NamedRegister } from './registers-of.ts';

/** What is known of a register's value: bytes that the driver has read or written. */
export class RegisterValue {
  /** Little-endian halves of the value; a byte that is not known is 0. */
  low = 0;
  high = 0;
  /** A bit for each known byte. */
  known = 0;

  /** Takes the bytes of an access; returns whether a byte that was known before has changed. */
  take(register: NamedRegister, transaction: Transaction): boolean {
    const { data, dataBytes, offset } = transaction;
    let changed = false;
    for (let byte = 0; byte < register.width; byte++) {
      const at = register.offset + byte - offset;
      if (at < 0 || at >= dataBytes) continue;
      const value = data[at] as number;
      changed ||= (this.known & (1 << byte)) !== 0 && this.#byte(byte) !== value;
      this.#set(byte, value);
      this.known |= 1 << byte;
    }
    return changed;
  }

  /** The value in hexadecimal, with `width` bytes; `??` for bytes that are not known. */
  hex(width: number): string {
    let text = '';
    for (let byte = width - 1; byte >= 0; byte--) {
      text += this.known & (1 << byte) ? this.#byte(byte).toString(16).padStart(2, '0') : '??';
    }
    return `0x${text}`;
  }

  /** Values of the fields whose bytes are all known. */
  fields(fields: readonly DeviceMapField[]): FieldValue[] {
    return fields
      .filter(({ lsb, msb }) => {
        const bytes = (2 << (msb >> 3)) - (1 << (lsb >> 3));
        return (this.known & bytes) === bytes;
      })
      .map(({ name, lsb, msb }) => ({ name, value: this.#bits(lsb, msb) }));
  }

  copy(): RegisterValue {
    return Object.assign(new RegisterValue(), this);
  }

  #byte(byte: number): number {
    return ((byte < 4 ? this.low : this.high) >>> ((byte & 3) * 8)) & 0xff;
  }

  #set(byte: number, value: number): void {
    const shift = (byte & 3) * 8;
    if (byte < 4) this.low = ((this.low & ~(0xff << shift)) | (value << shift)) >>> 0;
    else this.high = ((this.high & ~(0xff << shift)) | (value << shift)) >>> 0;
  }

  #bits(lsb: number, msb: number): number | string {
    const all = (BigInt(this.high) << 32n) | BigInt(this.low);
    const value = (all >> BigInt(lsb)) & ((1n << BigInt(msb - lsb + 1)) - 1n);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `0x${value.toString(16)}`;
  }
}

/** A field's value; hexadecimal text if it does not fit a number. */
export interface FieldValue {
  name: string;
  value: number | string;
}
