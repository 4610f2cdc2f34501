import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, UsageFailure } from '../errors.ts';
import type { Answer, ModelAccess, ModelSession, ModelSource, WriteEffect } from './core/source.ts';

/** What a script may answer to a read: a value, all of an answer, or nothing to leave it to others. */
export type ScriptAnswer = number | Omit<Answer, 'by'> | undefined;

/** The hooks of `--script`: what the module exports, or what its default export returns for a session. */
export interface ProxyScript {
  onRead?(access: ModelAccess, session: ScriptSession): ScriptAnswer | Promise<ScriptAnswer>;
  /** `'drop'`: nobody stores the value. */
  onWrite?(access: ModelAccess, session: ScriptSession): 'drop' | undefined;
  onReset?(session: ScriptSession): void;
}

export interface ScriptSession extends ModelSession {
  /** Kept when the script is loaded again. */
  readonly state: Record<string, unknown>;
}

/** Loads a script, again at each call after it has changed. Throws a UsageFailure that names the mistake. */
export async function loadScript(file: string): Promise<ProxyScript> {
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UsageFailure(`--script ${file}: there is no such file`);
  let module: Record<string, unknown>;
  try {
    module = (await import(`${pathToFileURL(path).href}?changed=${found.mtimeMs}`)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageFailure(`--script ${file} cannot be loaded: ${messageOf(error)}`);
  }
  const script = (module.default ?? module) as ProxyScript;
  if (typeof script.onRead !== 'function' && typeof script.onWrite !== 'function') {
    throw new UsageFailure(`--script ${file} has no hooks`, [
      'Write: export function onRead(access, session) { if (access.register === "STATUS") return 1; }',
    ]);
  }
  return script;
}

/** A script as a source of answers. */
export class ScriptSource implements ModelSource {
  readonly #script: ProxyScript;
  readonly #session: ScriptSession;

  constructor(script: ProxyScript, session: ModelSession, state: Record<string, unknown>) {
    this.#script = script;
    const { dma, irq, log, config, names } = session;
    // Not an object behind which the session is: its private members are those of the session alone.
    this.#session = {
      ...{ dma, irq, log, config, names, state },
      peek: (bar, offset, size) => session.peek(bar, offset, size),
      poke: (bar, offset, size, value) => session.poke(bar, offset, size, value),
      written: (bar, offset) => session.written(bar, offset),
      after: (milliseconds, action) => session.after(milliseconds, action),
      interrupt: (vector) => session.interrupt(vector),
      stop: (reason) => session.stop(reason),
    };
  }

  read(access: ModelAccess): Answer | Promise<Answer | undefined> | undefined {
    const answer = this.#script.onRead?.(access, this.#session);
    return answer instanceof Promise ? answer.then(complete) : complete(answer);
  }

  write(access: ModelAccess): WriteEffect | undefined {
    const effect = this.#script.onWrite?.(access, this.#session);
    return effect === 'drop' ? { drop: true, by: 'script' } : undefined;
  }

  reset(): void {
    this.#script.onReset?.(this.#session);
  }
}

function complete(answer: ScriptAnswer): Answer | undefined {
  if (answer === undefined) return undefined;
  return typeof answer === 'number' ? { value: answer, by: 'script' } : { ...answer, by: 'script' };
}
