import type { ConfigAccess, Dma, Irq, Log } from '@pciem/sdk';
import type { RegisterNames } from './register-names.ts';

/** One access of the driver that a model answers; the object is reused, so copy what you keep. */
export interface ModelAccess {
  readonly write: boolean;
  readonly bar: number;
  /** Bytes from the start of the BAR. */
  readonly offset: number;
  /** Bytes: 1, 2 or 4. An access of 8 bytes comes as two of 4, the low one first. */
  readonly size: number;
  /** What is written; of a read 0. */
  readonly value: number;
  /** Bytes of the access that this is, or is a part of. */
  readonly wholeSize: number;
  /** Name of the register, `BAR 0 +0x8` if it has none. */
  readonly register: string;
}

/** How a read is answered: with `value`, or with a completion status and no data. */
export interface Answer {
  readonly value?: number;
  /** One of `CompletionStatus`; SC when left out. */
  readonly status?: number;
  /** Milliseconds until the completion; at once when left out. */
  readonly delay?: number;
  /** What answered, for `--explain`: `rule ready (model.yaml:3)`. */
  readonly by: string;
}

/** What a source did about a write. */
export interface WriteEffect {
  /** The write goes no further: nobody stores it. */
  readonly drop?: boolean;
  readonly by: string;
}

/** What sources can use besides the access itself. */
export interface ModelSession {
  readonly dma: Dma;
  readonly irq: Irq;
  readonly log: Log;
  readonly config: ConfigAccess;
  readonly names: RegisterNames;
  /** The stored value, as the model behind all rules has it; no side effects. */
  peek(bar: number, offset: number, size: number): number;
  /** Stores a value behind the driver's back. */
  poke(bar: number, offset: number, size: number, value: number): void;
  /** The value that the driver wrote there last; 0 if it has not. */
  written(bar: number, offset: number): number;
  /** Calls `action` later, unless the function is reset or unplugged before. */
  after(milliseconds: number, action: () => void): void;
  /** Sends an MSI-X or MSI message, or asserts INTx if the driver uses neither. */
  interrupt(vector: number): void;
  /** Says why, and ends the run as Ctrl-C does. */
  stop(reason: string): void;
}

/** Where answers come from: rules, a script, a learned model. The first source that answers wins. */
export interface ModelSource {
  /** `undefined`: the next source is asked. */
  read?(access: ModelAccess): Answer | Promise<Answer | undefined> | undefined;
  /** All sources see a write, until one drops it. */
  write?(access: ModelAccess): WriteEffect | undefined;
  reset?(): void;
}

/** `log` never alters the model's answer, `hook` lets rules and scripts do so, `step` stops at each access as well. */
export const MODES = ['log', 'hook', 'step'] as const;
export type Mode = (typeof MODES)[number];
