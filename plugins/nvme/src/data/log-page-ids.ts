/** Log Page Identifiers (NVMe 1.4 §5.14.1). */
export const LogPage = { Error: 0x01, Health: 0x02, FirmwareSlot: 0x03, CommandsSupported: 0x05 } as const;
