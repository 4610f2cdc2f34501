export const VENDOR = 0x8086;

/** Cards that behave alike. For the first one, Linux's driver resets the card through I/O ports that are not there. */
export const DEVICE_IDS = { '82540EM': 0x100e, '82545GM': 0x1026 } as const;

export type Model = keyof typeof DEVICE_IDS;
