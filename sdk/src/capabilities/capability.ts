/** Where a capability gets its registers and what they hold, before it has a place in configuration space. */
export interface CapabilitySpec {
  /** For messages, such as `msix`. */
  readonly name: string;
  /** Capability ID (PCI Code and ID Assignment). */
  readonly id: number;
  /** The registers after the ID and the next pointer, that is from byte 2 on. */
  readonly body: Uint8Array;
  /** Bits of `body` that the driver's writes change. */
  readonly writeMask: Uint8Array;
  /** Bits of `body` that writing 1 clears. */
  readonly w1cMask: Uint8Array;
  readonly msix?: MsixLayout;
}

/** MSI-X structures; offsets in bytes from the start of the BAR. */
export interface MsixLayout {
  readonly vectors: number;
  readonly bar: number;
  readonly table: number;
  readonly pba: number;
}

/** Little-endian registers and their masks. Offsets count from the capability's first byte, as the specification does. */
export class CapabilityBuilder {
  readonly #body: DataView;
  readonly #writeMask: DataView;
  readonly #w1cMask: DataView;
  readonly #name: string;
  readonly #id: number;

  /** `length`: bytes with the 2 bytes of ID and next pointer. */
  constructor(name: string, id: number, length: number) {
    this.#name = name;
    this.#id = id;
    this.#body = new DataView(new ArrayBuffer(length - 2));
    this.#writeMask = new DataView(new ArrayBuffer(length - 2));
    this.#w1cMask = new DataView(new ArrayBuffer(length - 2));
  }

  /** A 16-bit register at `offset`: reset value, bits stored, bits cleared by writing 1. */
  reg16(offset: number, value: number, writeMask = 0, w1cMask = 0): this {
    this.#body.setUint16(offset - 2, value, true);
    this.#writeMask.setUint16(offset - 2, writeMask, true);
    this.#w1cMask.setUint16(offset - 2, w1cMask, true);
    return this;
  }

  /** A 32-bit register at `offset`. */
  reg32(offset: number, value: number, writeMask = 0, w1cMask = 0): this {
    this.#body.setUint32(offset - 2, value, true);
    this.#writeMask.setUint32(offset - 2, writeMask, true);
    this.#w1cMask.setUint32(offset - 2, w1cMask, true);
    return this;
  }

  build(extra: Pick<CapabilitySpec, 'msix'> = {}): CapabilitySpec {
    return {
      name: this.#name,
      id: this.#id,
      body: new Uint8Array(this.#body.buffer),
      writeMask: new Uint8Array(this.#writeMask.buffer),
      w1cMask: new Uint8Array(this.#w1cMask.buffer),
      ...extra,
    };
  }
}
