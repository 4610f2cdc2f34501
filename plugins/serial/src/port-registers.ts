/** A register that the driver reads without the device being asked. */
export interface PlainRegister {
  value: number;
  setBits(mask: number): void;
  clearBits(mask: number): void;
}

/** The registers of a port whose stored values the driver reads. */
export interface PortRegisters {
  readonly data: PlainRegister;
  readonly interruptEnable: PlainRegister;
  readonly interruptId: PlainRegister;
  readonly lineStatus: PlainRegister;
  readonly modemStatus: PlainRegister;
}
