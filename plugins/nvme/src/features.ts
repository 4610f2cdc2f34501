import { ARBITRATION_BURST } from './data/identify-controller.ts';
import { Status } from './status.ts';
import { WARNING_TEMPERATURE } from './temperature.ts';

/** Feature Identifiers (NVMe 1.4 §5.21.1). */
export const FeatureId = {
  Arbitration: 0x01,
  PowerManagement: 0x02,
  TemperatureThreshold: 0x04,
  ErrorRecovery: 0x05,
  VolatileWriteCache: 0x06,
  NumberOfQueues: 0x07,
  InterruptCoalescing: 0x08,
  InterruptVectorConfiguration: 0x09,
  WriteAtomicity: 0x0a,
  AsyncEventConfiguration: 0x0b,
  Timestamp: 0x0e,
  HostIdentifier: 0x81,
} as const;

/** What Get Features with Select 011b tells (§5.13.1). */
export interface FeatureTraits {
  saveable: boolean;
  namespaceSpecific: boolean;
  changeable: boolean;
}

/** A feature whose value is dword 11 of Set Features; some hold several values, chosen by dword 11 too. */
interface Feature extends FeatureTraits {
  /** Number of values, and which one dword 11 names; -1: none. */
  slots(vectors: number): number;
  slot(dword11: number): number;
  /** Value of a slot after a reset, unless another was saved. */
  initial(slot: number): number;
  /** The part of dword 11 that is kept. */
  mask: number;
  /** The largest value the checked part may have. */
  valid(dword11: number): boolean;
}

const single = { slots: () => 1, slot: () => 0, initial: () => 0, valid: () => true };
const saved: FeatureTraits = { saveable: true, namespaceSpecific: false, changeable: true };
const volatile: FeatureTraits = { ...saved, saveable: false };

/** TMPSEL: composite temperature, or all that are implemented, which is the same here. THSEL: over, under. */
function temperatureSlot(dword11: number): number {
  const sensor = (dword11 >>> 16) & 0xf;
  const threshold = (dword11 >>> 20) & 0x3;
  return (sensor === 0 || sensor === 0xf) && threshold < 2 ? threshold : -1;
}

/** The features with plain values (sections 5.21.1.1 to 5.21.1.11). */
const FEATURES = new Map<number, Feature>([
  [FeatureId.Arbitration, { ...single, ...saved, mask: 0xffff_ff07, initial: () => ARBITRATION_BURST }],
  // Power state 0 is the only one.
  [FeatureId.PowerManagement, { ...single, ...volatile, mask: 0xff, valid: (value) => (value & 0x1f) === 0 }],
  [
    FeatureId.TemperatureThreshold,
    {
      ...saved,
      mask: 0xffff,
      slots: () => 2,
      slot: temperatureSlot,
      initial: (slot) => (slot === 0 ? WARNING_TEMPERATURE : 0),
      valid: () => true,
    },
  ],
  // DULBE needs deallocated blocks that report an error, which NSFEAT does not promise.
  [
    FeatureId.ErrorRecovery,
    { ...single, ...saved, namespaceSpecific: true, mask: 0xffff, valid: (value) => (value & 0x10000) === 0 },
  ],
  [FeatureId.VolatileWriteCache, { ...single, ...saved, mask: 0x1, initial: () => 1 }],
  [FeatureId.InterruptCoalescing, { ...single, ...saved, mask: 0xffff }],
  [
    FeatureId.InterruptVectorConfiguration,
    {
      ...volatile,
      mask: 0x1_ffff,
      slots: (vectors) => vectors,
      slot: (value) => value & 0xffff,
      initial: (slot) => slot,
      valid: () => true,
    },
  ],
  [FeatureId.WriteAtomicity, { ...single, ...saved, mask: 0x1 }],
  // Only the SMART / Health events: Identify OAES is 0.
  [FeatureId.AsyncEventConfiguration, { ...single, ...volatile, mask: 0xff, valid: (value) => value <= 0xff }],
]);

/** Which value of a feature: the Select field of Get Features (§5.13.1). */
export const Select = { Current: 0, Default: 1, Saved: 2, Capabilities: 3 } as const;

/** Values of the plain features: current, default and saved (NVMe 1.4 §7.8). */
export class Features {
  readonly #vectors: number;
  readonly #current = new Map<number, number[]>();
  readonly #saved = new Map<number, number[]>();

  constructor(vectors: number) {
    this.#vectors = vectors;
    for (const [id, feature] of FEATURES) this.#saved.set(id, this.#defaults(feature));
    this.reset();
  }

  #defaults(feature: Feature): number[] {
    return Array.from({ length: feature.slots(this.#vectors) }, (_, slot) => feature.initial(slot));
  }

  /** Controller reset: back to the saved values, which are the defaults where none were saved. */
  reset(): void {
    for (const [id, values] of this.#saved) this.#current.set(id, [...values]);
  }

  traits(id: number): FeatureTraits | undefined {
    return FEATURES.get(id);
  }

  /** The current value; `slot` as dword 11 chooses it. */
  value(id: number, slot = 0): number {
    return this.#current.get(id)?.[slot] ?? 0;
  }

  /** A value for Get Features; undefined if dword 11 names none. */
  get(id: number, dword11: number, select: number): number | undefined {
    const feature = FEATURES.get(id) as Feature;
    const slot = feature.slot(dword11);
    if (select === Select.Default) return slot in this.#defaults(feature) ? feature.initial(slot) : undefined;
    return (select === Select.Saved ? this.#saved : this.#current).get(id)?.[slot];
  }

  /** Sets the current value, and the saved one too if `save`. Returns a status. */
  set(id: number, dword11: number, save: boolean): number {
    const feature = FEATURES.get(id) as Feature;
    const slot = feature.slot(dword11);
    const current = this.#current.get(id) as number[];
    if (!(slot in current) || !feature.valid(dword11)) return Status.InvalidField;
    const value = (dword11 & feature.mask) >>> 0;
    current[slot] = value;
    if (save) (this.#saved.get(id) as number[])[slot] = value;
    return Status.Success;
  }
}
