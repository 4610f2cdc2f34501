/** Bits of the registers of a 16550A, by their register. */

/** Line Control: registers 0 and 1 are the divisor. */
export const LCR_DLAB = 0x80;
export const FCR_ENABLE = 0x01;
export const FCR_CLEAR_RX = 0x02;
export const FCR_CLEAR_TX = 0x04;
/** FIFO Control, bits 7:6: bytes from which on the interrupt comes at once. */
export const TRIGGERS = [1, 4, 8, 14] as const;

export const IER_RX = 0x01;
export const IER_TX = 0x02;
export const IER_LINE = 0x04;
export const IER_MODEM = 0x08;
export const IER_BITS = 0x0f;

export const IIR_NONE = 0x01;
export const IIR_MODEM = 0x00;
export const IIR_TX = 0x02;
export const IIR_RX = 0x04;
export const IIR_LINE = 0x06;
export const IIR_RX_TIMEOUT = 0x0c;
/** Shown all the time: drivers look at it just after they have switched the FIFOs on. */
export const IIR_FIFO = 0xc0;

export const LSR_DATA = 0x01;
export const LSR_OVERRUN = 0x02;
export const LSR_HOLDING_EMPTY = 0x20;
export const LSR_SHIFT_EMPTY = 0x40;

export const MCR_LOOP = 0x10;
export const MSR_DELTAS = 0x0f;
/** CTS, DSR and DCD: somebody is at the other end. */
export const MSR_CONNECTED = 0xb0;
