import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Failure, UsageFailure } from '../errors.ts';
import type { ModelProxy } from './core/proxy.ts';
import type { ModelSession, ModelSource } from './core/source.ts';
import { parseRules, type RuleList, RuleSource, type RuleStates } from './rules/rule-source.ts';
import { loadScript, type ProxyScript, ScriptSource } from './script.ts';

/** Milliseconds between two looks whether a file has changed: files of another machine tell of nothing. */
const LOOK = 500;

/** Rules and script of a proxy, read again when they change; what they remember is kept. */
export class Hooks {
  readonly #ruleFiles: readonly string[];
  readonly #scriptFile: string | undefined;
  readonly #states: RuleStates = new Map();
  readonly #scriptState: Record<string, unknown> = {};
  #rules: readonly RuleList[] = [];
  #script: ProxyScript | undefined;

  constructor(ruleFiles: readonly string[], scriptFile: string | undefined) {
    this.#ruleFiles = ruleFiles;
    this.#scriptFile = scriptFile;
  }

  /** Throws a UsageFailure that says what is wrong where. */
  async load(): Promise<void> {
    this.#rules = await Promise.all(this.#ruleFiles.map(readRules));
    this.#script = this.#scriptFile === undefined ? undefined : await loadScript(this.#scriptFile);
  }

  /** The script first: it sees what the rules answer to by not answering. */
  sources(session: ModelSession): ModelSource[] {
    const script = this.#script ? [new ScriptSource(this.#script, session, this.#scriptState)] : [];
    return [...script, ...this.#rules.map((rules) => new RuleSource(rules, session, this.#states))];
  }

  /** Reads the files again whenever they change. Returns what ends that. */
  watch(proxy: ModelProxy, session: ModelSession): () => void {
    const files = [...this.#ruleFiles, ...(this.#scriptFile === undefined ? [] : [this.#scriptFile])];
    const reload = () => void this.reload(proxy, session);
    for (const file of files) watchFile(file, { interval: LOOK, persistent: false }, reload);
    return () => {
      for (const file of files) unwatchFile(file, reload);
    };
  }

  /** Files with mistakes change nothing. Logs how it went; resolves to what is wrong, undefined if nothing is. */
  async reload(proxy: ModelProxy, session: ModelSession): Promise<string | undefined> {
    try {
      await this.load();
      proxy.hooks = this.sources(session);
      session.log('rules and script are read again');
      return undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const complaint = [error.message, ...error.nextSteps].join('; ');
      session.log.warn(complaint);
      return complaint;
    }
  }
}

async function readRules(file: string): Promise<RuleList> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageFailure(`--rules ${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  return parseRules(file, text);
}
