/**
 * Data structures of the specification as tables: one row for each field that is not zero, with
 * the byte offset that the specification's figure gives. Little endian.
 */
export type Field = readonly [offset: number, bytes: number, name: string, value: FieldValue];

/** A number below 2^53, ASCII padded with spaces, or bytes as they are. */
type FieldValue = number | string | Uint8Array;

/** Writes the fields into a structure of `size` bytes. */
export function pack(size: number, fields: readonly Field[]): Uint8Array {
  const data = new Uint8Array(size);
  for (const [offset, bytes, , value] of fields) put(data.subarray(offset, offset + bytes), value);
  return data;
}

function put(target: Uint8Array, value: FieldValue): void {
  if (typeof value === 'number') putNumber(target, value);
  else if (typeof value === 'string') putText(target, value);
  else target.set(value.subarray(0, target.length));
}

function putNumber(target: Uint8Array, value: number): void {
  let rest = value;
  for (let i = 0; i < target.length && rest > 0; i++) {
    target[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** ASCII strings are left justified and padded with spaces (NVMe 1.4 §1.5). */
function putText(target: Uint8Array, text: string): void {
  target.fill(0x20);
  for (let i = 0; i < Math.min(text.length, target.length); i++) target[i] = text.charCodeAt(i);
}
