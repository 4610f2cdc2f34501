/** JSON of plain data in which some numbers are bigints: those are written in hexadecimal. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `0x${part.toString(16)}` : part));
}

/** The other way round, for data in which only reset values of registers are bigints. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (key, part) => (key === 'reset' && typeof part === 'string' ? BigInt(part) : part));
}
