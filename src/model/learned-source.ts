import type { Answer, ModelAccess, ModelSession, ModelSource } from '../proxy/core/source.ts';
import { lastWritten } from './behaviours.ts';
import { type Effect, type LearnedModel, type LearnedRegister, type Trigger, valueAt } from './format.ts';

/** Microseconds that an effect may come at once instead. */
const AT_ONCE = 200;

interface State {
  readonly register: LearnedRegister;
  /** Reads since the start, */
  reads: number;
  /** and since the last write that counts, or by written value. */
  readonly counts: Map<number | undefined, number>;
}

/** A learned model as a source of answers. */
export class LearnedSource implements ModelSource {
  readonly #session: ModelSession;
  readonly #states = new Map<string, State>();
  readonly #effects = new Map<string, Effect[]>();
  readonly #written = new Map<string, number>();
  #buffer: Uint8Array = new Uint8Array(0);

  constructor(model: LearnedModel, session: ModelSession) {
    this.#session = session;
    for (const register of model.registers) {
      const { bar, offset, size } = register;
      this.#states.set(`${bar} ${offset} ${size}`, { register, reads: 0, counts: new Map() });
    }
    for (const effect of model.effects) {
      const key = keyOf(effect.after);
      this.#effects.set(key, [...(this.#effects.get(key) ?? []), effect]);
    }
  }

  read({ bar, offset, size, register }: ModelAccess): Answer | undefined {
    const state = this.#states.get(`${bar} ${offset} ${size}`);
    const value = state && this.#valueOf(state);
    if (state) state.reads++;
    this.#follow({ access: 'read', bar, offset });
    return value === undefined ? undefined : { value, by: `learned: ${register} is ${state?.register.is}` };
  }

  write({ bar, offset, value }: ModelAccess): undefined {
    const place = `${bar} ${offset}`;
    this.#written.set(place, value);
    for (const { register, counts } of this.#states.values()) {
      if (register.is !== 'function' || !register.restarts) continue;
      if (`${register.of.bar} ${register.of.offset}` === place) counts.clear();
    }
    this.#follow({ access: 'write', bar, offset, value });
  }

  reset(): void {
    this.#written.clear();
    for (const state of this.#states.values()) {
      state.reads = 0;
      state.counts.clear();
    }
  }

  #valueOf({ register, reads, counts }: State): number | undefined {
    switch (register.is) {
      case 'constant':
        return register.value;
      case 'last-written':
        return lastWritten(register, this.#written.get(`${register.bar} ${register.offset}`));
      case 'counter':
        return register.start + register.step * reads;
      case 'sequence':
        return valueAt(register.values, reads);
      case 'function': {
        const written = this.#written.get(`${register.of.bar} ${register.of.offset}`);
        const index = counts.get(written) ?? 0;
        counts.set(written, index + 1);
        const values =
          written === undefined ? register.before : register.cases.find((each) => each.written === written)?.values;
        return values ? valueAt(values, index) : register.otherwise;
      }
    }
  }

  #follow(trigger: Trigger): void {
    for (const effect of this.#effectsOf(trigger)) {
      const act = () => this.#act(effect);
      // The effects of an interrupt have to come when the driver expects them: after its access.
      // A level has to be gone before the driver's handler returns.
      if (effect.interrupt === 'deassert') act();
      else if (effect.delay <= AT_ONCE) setImmediate(act);
      else this.#session.after(effect.delay / 1000, act);
    }
  }

  /** Those of just this value that is written, and those of any. */
  #effectsOf({ value, ...any }: Trigger): readonly Effect[] {
    const always = this.#effects.get(keyOf(any)) ?? [];
    return value === undefined ? always : [...always, ...(this.#effects.get(keyOf({ ...any, value })) ?? [])];
  }

  #act({ interrupt, dma }: Effect): void {
    if (interrupt === 'assert') this.#session.irq.assert();
    else if (interrupt === 'deassert') this.#session.irq.deassert();
    else if (interrupt !== undefined) this.#session.interrupt(interrupt);
    if (!dma) return;
    const { bar, offset } = dma.base;
    const base = this.#session.written(bar, offset) + this.#session.written(bar, offset + 4) * 2 ** 32;
    const length =
      typeof dma.length === 'number' ? dma.length : this.#session.written(dma.length.bar, dma.length.offset);
    try {
      if (dma.direction === 'read') this.#buffer = this.#session.dma.read(base + dma.plus, length);
      else this.#session.dma.write(base + dma.plus, this.#dataOf(dma.bytes, length));
    } catch (error) {
      this.#session.log.warn(`learned: ${(error as Error).message}`);
    }
  }

  #dataOf(bytes: string | undefined, length: number): Uint8Array {
    if (bytes !== undefined) return Buffer.from(bytes, 'hex');
    const data = new Uint8Array(length);
    data.set(this.#buffer.subarray(0, length));
    return data;
  }
}

function keyOf({ access, bar, offset, value }: Trigger): string {
  return `${access} ${bar} ${offset} ${value}`;
}
