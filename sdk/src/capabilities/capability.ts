/** Where a capability gets its registers and what they hold, before it has a place in configuration space. */
export interface CapabilitySpec {
  /** For messages, such as `msix`. */
  readonly name: string;
  /** Capability ID (PCI Code and ID Assignment): 8 bits, or 16 of an extended capability. */
  readonly id: number;
  /** Version of an extended capability, which lies at 0x100 or above; none: it is no extended one. */
  readonly version?: number;
  /** The registers after ID and next pointer: from byte 2 on, or from byte 4 on of an extended capability. */
  readonly body: Uint8Array;
  /** Bits of `body` that the driver's writes change. */
  readonly writeMask: Uint8Array;
  /** Bits of `body` that writing 1 clears. */
  readonly w1cMask: Uint8Array;
  readonly msix?: MsixLayout;
  readonly onWrite?: WriteReaction;
}

/** A register of a capability at which the function does something by itself when it is written. */
export interface WriteReaction {
  /** Bytes from the capability's first byte. */
  readonly offset: number;
  readonly bytes: 1 | 2 | 4;
  /**
   * Called as the device starts. What it returns is told of each write after it has been stored: the capability from its
   * first byte on, and the register's value.
   */
  start(): (registers: DataView, value: number) => void;
}

/** MSI-X structures; offsets in bytes from the start of the BAR. */
export interface MsixLayout {
  readonly vectors: number;
  readonly bar: number;
  readonly table: number;
  readonly pba: number;
}

/** Bytes of ID and next pointer. */
export function headerBytes({ version }: Pick<CapabilitySpec, 'version'>): number {
  return version === undefined ? 2 : 4;
}

/** Little-endian registers and their masks. Offsets count from the capability's first byte, as the specification does. */
export class CapabilityBuilder {
  readonly #body: DataView;
  readonly #writeMask: DataView;
  readonly #w1cMask: DataView;
  readonly #name: string;
  readonly #id: number;
  readonly #version: number | undefined;
  readonly #header: number;

  /** `length`: bytes with the header. `version`: of an extended capability. */
  constructor(name: string, id: number, length: number, version?: number) {
    this.#name = name;
    this.#id = id;
    this.#version = version;
    this.#header = headerBytes({ ...(version !== undefined && { version }) });
    this.#body = new DataView(new ArrayBuffer(length - this.#header));
    this.#writeMask = new DataView(new ArrayBuffer(length - this.#header));
    this.#w1cMask = new DataView(new ArrayBuffer(length - this.#header));
  }

  /** A 16-bit register at `offset`: reset value, bits stored, bits cleared by writing 1. */
  reg16(offset: number, value: number, writeMask = 0, w1cMask = 0): this {
    const at = offset - this.#header;
    this.#body.setUint16(at, value, true);
    this.#writeMask.setUint16(at, writeMask, true);
    this.#w1cMask.setUint16(at, w1cMask, true);
    return this;
  }

  /** A 32-bit register at `offset`. */
  reg32(offset: number, value: number, writeMask = 0, w1cMask = 0): this {
    const at = offset - this.#header;
    this.#body.setUint32(at, value, true);
    this.#writeMask.setUint32(at, writeMask, true);
    this.#w1cMask.setUint32(at, w1cMask, true);
    return this;
  }

  build(extra: Pick<CapabilitySpec, 'msix' | 'onWrite'> = {}): CapabilitySpec {
    return {
      name: this.#name,
      id: this.#id,
      ...(this.#version !== undefined && { version: this.#version }),
      body: new Uint8Array(this.#body.buffer),
      writeMask: new Uint8Array(this.#writeMask.buffer),
      w1cMask: new Uint8Array(this.#w1cMask.buffer),
      ...extra,
    };
  }
}
