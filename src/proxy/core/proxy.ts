import {
  CompletionStatus,
  type DeferredRead,
  type DeviceContext,
  type PowerState,
  READ_DEFERRED,
  READ_DONE,
  type ResetKind,
} from '@pciem/sdk';
import type { InnerDevice } from './inner-device.ts';
import type { RegisterNames } from './register-names.ts';
import { Session } from './session.ts';
import type { Answer, Mode, ModelAccess, ModelSession, ModelSource } from './source.ts';

/** Sees every access with its outcome, after it has been answered. */
export interface Observer {
  accessed(access: ModelAccess, value: number): void;
}

/** Lets a person answer reads. */
export interface Stepper {
  /** `undefined`: not one to stop at. Resolves with the answer to give. */
  stop(access: ModelAccess, answer: Answer): Promise<Answer> | undefined;
}

export interface ProxyParts {
  readonly mode: Mode;
  /** Makes the sources that mode `log` leaves out: rules and scripts. */
  readonly hooks: (session: ModelSession) => ModelSource[];
  /** Makes the sources that are the model: what was learned. */
  readonly models?: (session: ModelSession) => ModelSource[];
  readonly observers?: (session: ModelSession, proxy: ModelProxy) => Observer[];
  readonly stepper?: Stepper;
  /** Tell what answered each access. */
  readonly explain: boolean;
  /** Told of the running proxy, to control it. Returns what ends that. */
  readonly started?: (proxy: ModelProxy, session: ModelSession) => (() => void) | undefined;
}

/** The access that is being handled. */
class Current implements ModelAccess {
  write = false;
  bar = 0;
  offset = 0;
  size = 0;
  value = 0;
  wholeSize = 0;
  register = '';
}

/** Asks the sources about each access, and the device behind them when none answers. */
export class ModelProxy {
  mode: Mode;
  readonly session: Session;
  readonly #inner: InnerDevice;
  readonly #names: RegisterNames;
  readonly #ctx: DeviceContext;
  readonly #parts: ProxyParts;
  readonly #models: readonly ModelSource[];
  readonly #observers: readonly Observer[];
  readonly #ended: (() => void) | undefined;
  readonly #access = new Current();
  #hooks: readonly ModelSource[];
  /** Second half of a read or write of 8 bytes. */
  #half = 0;

  constructor(inner: InnerDevice, names: RegisterNames, ctx: DeviceContext, parts: ProxyParts) {
    this.#inner = inner;
    this.#names = names;
    this.#ctx = ctx;
    this.#parts = parts;
    this.mode = parts.mode;
    inner.start(ctx);
    this.session = new Session(ctx, inner, names);
    this.#models = parts.models?.(this.session) ?? [];
    this.#hooks = parts.hooks(this.session);
    this.#observers = parts.observers?.(this.session, this) ?? [];
    this.#ended = parts.started?.(this, this.session);
  }

  /** Other rules from now on. */
  set hooks(sources: readonly ModelSource[]) {
    this.#hooks = sources;
  }

  read(bar: number, offset: number, size: number): number | DeferredRead<number> {
    const access = this.#take(false, bar, offset, size, 0);
    const answer = this.#ask(access) ?? this.#fromDevice(access);
    if (!('by' in answer) && !(answer instanceof Promise)) return answer;
    return this.#give(answer, { ...access });
  }

  write(bar: number, offset: number, value: number): void {
    const { size, wholeOffset } = this.#ctx.access;
    const access = this.#take(true, bar, offset, size, value);
    this.session.wrote(bar, offset, value);
    const dropped = this.#tell(access);
    if (!dropped) this.#toDevice(access, wholeOffset);
    for (const observer of this.#observers) observer.accessed(access, value);
  }

  reset(kind: ResetKind): void {
    this.session.reset();
    this.#inner.reset(kind);
    for (const source of this.#sources) source.reset?.();
  }

  power(state: PowerState): void {
    this.#inner.power(state);
  }

  drained(): void {
    this.#inner.instance.drained();
  }

  get pending(): boolean {
    return this.#inner.instance.pending;
  }

  idle(): void {
    this.#inner.instance.idle();
  }

  stop(): void {
    this.session.reset();
    this.#ended?.();
    this.#inner.instance.stop();
  }

  get #sources(): readonly ModelSource[] {
    return this.mode === 'log' ? this.#models : [...this.#hooks, ...this.#models];
  }

  #take(write: boolean, bar: number, offset: number, size: number, value: number): Current {
    const access = this.#access;
    access.write = write;
    access.bar = bar;
    access.offset = offset;
    access.size = size;
    access.value = value;
    access.wholeSize = this.#ctx.access.wholeSize;
    access.register = this.#names.at(bar, offset).name;
    return access;
  }

  #ask(access: Current): Answer | Promise<Answer | undefined> | undefined {
    for (const source of this.#sources) {
      const answer = source.read?.(access);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  #tell(access: Current): boolean {
    for (const source of this.#sources) {
      const effect = source.write?.(access);
      if (effect && this.#parts.explain) this.#explain(access, access.value, effect.by);
      if (effect?.drop) return true;
    }
    return false;
  }

  /** The answer of the device behind; one that it gives later is passed on as it is. */
  #fromDevice({ bar, offset, size }: Current): Answer | DeferredRead<number> {
    const { wholeOffset, wholeSize } = this.#ctx.access;
    const by = 'device';
    const halved = wholeSize === 8 && size === 4;
    if (halved && offset !== wholeOffset) return { value: this.#half, by };
    const bytes = halved ? 8 : size;
    const outcome = this.#inner.read(bar, offset, bytes);
    if (outcome === READ_DEFERRED) return this.#inner.deferred as DeferredRead<number>;
    const { low, high } = this.#inner.instance.result;
    this.#half = high;
    return outcome === READ_DONE ? { value: low, by } : { status: CompletionStatus.UR, by };
  }

  #toDevice({ bar, offset, size, value }: Current, whole: number): void {
    if (this.#ctx.access.wholeSize !== 8 || size !== 4) {
      this.#inner.write(bar, offset, size, value, 0);
    } else if (offset === whole) {
      this.#half = value;
    } else {
      this.#inner.write(bar, whole, 8, this.#half, value);
    }
  }

  #give(answer: Answer | Promise<Answer | undefined>, access: ModelAccess): number | DeferredRead<number> {
    if (answer instanceof Promise) return this.#giveLater(answer, access);
    const stopped = this.mode === 'step' && this.#canDefer(access) && this.#parts.stepper?.stop(access, answer);
    if (stopped) return this.#giveLater(stopped, access, true);
    const { status = CompletionStatus.SC, delay = 0 } = answer;
    if (status === CompletionStatus.SC && (delay === 0 || !this.#canDefer(access))) return this.#done(access, answer);
    const deferred = this.#ctx.defer();
    const finish = () => {
      const value = this.#done(access, answer);
      if (status === CompletionStatus.SC) deferred.complete(value);
      else deferred.fail(status);
    };
    if (delay === 0) finish();
    else setTimeout(finish, delay);
    return deferred;
  }

  /** `patient`: however long it takes. */
  #giveLater(answer: Promise<Answer | undefined>, access: ModelAccess, patient = false): DeferredRead<number> {
    const deferred = this.#ctx.defer({ patient });
    const current = this.#access;
    answer
      .then((given) => {
        Object.assign(current, access);
        const final = given ?? (this.#fromDevice(current) as Answer);
        const value = this.#done(access, final);
        if ((final.status ?? CompletionStatus.SC) === CompletionStatus.SC) deferred.complete(value);
        else deferred.fail(final.status);
      })
      .catch((error: unknown) => {
        deferred.fail();
        throw error;
      });
    return deferred;
  }

  /** The two halves of an access of 8 bytes have to be answered at once. */
  #canDefer({ wholeSize, size }: ModelAccess): boolean {
    return wholeSize === size;
  }

  #done(access: ModelAccess, { value = 0xffff_ffff, by }: Answer): number {
    const data = truncated(value, access.size);
    if (this.#parts.explain) this.#explain(access, data, by);
    for (const observer of this.#observers) observer.accessed(access, data);
    return data;
  }

  #explain({ write, register }: ModelAccess, value: number, by: string): void {
    this.#ctx.log(`${write ? 'write of' : 'read of'} ${register} = 0x${value.toString(16)}: ${by}`);
  }
}

function truncated(value: number, size: number): number {
  return size === 4 ? value >>> 0 : value & (2 ** (8 * size) - 1);
}
