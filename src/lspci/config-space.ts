/** Configuration space of one function, as far as it is known. */
export interface KnownConfig {
  /** Such as `1f000:00:00.0`. */
  address: string;
  /** Vendor and device, for the heading; 24 bits of class. */
  vendor: number;
  device: number;
  class: number;
  /** 4096 bytes; 0 where it is not known. */
  bytes: Uint8Array;
  /** Bytes of the first 256 that are known. */
  known: number;
}

export const CONFIG_BYTES = 4096;
/** Configuration space of conventional PCI: where it ends, extended capabilities begin. */
export const PCI_BYTES = 256;
const LINE_BYTES = 16;
/** The header of type 0 (PCIe 6.0 7.5.1). */
const HEADER_BYTES = 64;

/** The input of `lspci -F`, which is what `lspci -xxxx` prints; without extended space where nothing is in it. */
export function formatDump(spaces: readonly KnownConfig[]): string {
  return spaces
    .map(({ address, vendor, device, class: code, bytes }) => {
      const hasExtended = bytes.subarray(PCI_BYTES).some((byte) => byte !== 0);
      const hasCapabilities = bytes.subarray(HEADER_BYTES, PCI_BYTES).some((byte) => byte !== 0);
      const length = hasExtended ? CONFIG_BYTES : hasCapabilities ? PCI_BYTES : HEADER_BYTES;
      const heading = `${address} Class ${hex(code >>> 8, 4)}: Device ${hex(vendor, 4)}:${hex(device, 4)}`;
      return `${heading}\n${hexLines(bytes.subarray(0, length))}\n`;
    })
    .join('\n');
}

function hexLines(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    const line = Array.from(bytes.subarray(at, at + LINE_BYTES), (byte) => hex(byte, 2)).join(' ');
    text += `${hex(at, 2)}: ${line}\n`;
  }
  return text;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
