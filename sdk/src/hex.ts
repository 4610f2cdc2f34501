/** `0x` and at least `digits` hexadecimal digits; negative 32-bit values as their unsigned twin. */
export function hex(value: number | bigint, digits = 1): string {
  const unsigned = typeof value === 'number' && value < 0 ? value >>> 0 : value;
  return `0x${unsigned.toString(16).padStart(digits, '0')}`;
}
