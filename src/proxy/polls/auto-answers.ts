import { writeFileSync } from 'node:fs';
import type { Answer, ModelAccess, ModelSession, ModelSource } from '../core/source.ts';
import { RuleSource } from '../rules/rule-source.ts';
import { rulesText } from '../rules/rules-text.ts';
import type { RuleSpec } from '../rules/schema.ts';
import { type Candidate, candidatesFor, ruleFor, triedBy } from './candidates.ts';
import { type Poll, PollTracker } from './poll-tracker.ts';

/** Candidates for one register after one write, and how far they have been tried. */
interface Experiment {
  readonly poll: Poll;
  readonly candidates: readonly Candidate[];
  index: number;
  tries: number;
  /** `PollTracker.progress` when the last answer was given. */
  progress: number;
  /** What the current candidate has become. */
  rule: RuleSpec | undefined;
  /** Rules that the current candidate is. */
  source: RuleSource;
}

/** Tries answers when the driver is stuck, and keeps the ones that let it go on as rules. */
export class AutoAnswers implements ModelSource {
  readonly #session: ModelSession;
  readonly #file: string | undefined;
  readonly #tracker = new PollTracker();
  readonly #experiments = new Map<string, Experiment>();
  readonly #found: RuleSpec[] = [];
  #rules: RuleSource;
  #running: Experiment | undefined;

  /** `file`: where the rules are written that have worked. */
  constructor(session: ModelSession, file?: string) {
    this.#session = session;
    this.#file = file;
    this.#rules = this.#sourceOf([]);
    this.#write();
  }

  read(access: ModelAccess): Answer | undefined {
    const stuck = this.#tracker.read(access);
    this.#conclude();
    const known = this.#rules.read(access);
    if (!stuck) return known;
    const experiment = this.#experimentOf(stuck, known?.value ?? this.#peek(access));
    this.#running = experiment;
    if (experiment.rule) this.#takeBack(experiment);
    else if (experiment.tries >= (experiment.candidates[experiment.index]?.tries ?? 0)) this.#next(experiment);
    experiment.tries++;
    experiment.progress = this.#tracker.progress;
    return experiment.index < experiment.candidates.length ? experiment.source.read(access) : known;
  }

  write(access: ModelAccess): undefined {
    this.#tracker.wrote(access);
    this.#conclude();
    this.#rules.write(access);
    for (const { source } of this.#experiments.values()) source.write(access);
  }

  reset(): void {
    this.#tracker.reset();
    this.#running = undefined;
    this.#rules.reset();
  }

  #peek({ bar, offset, size }: ModelAccess): number {
    return this.#session.peek(bar, offset, size);
  }

  /** Has the driver done something new since the last answer? Then that answer was the right one. */
  #conclude(): void {
    const experiment = this.#running;
    if (!experiment || this.#tracker.progress === experiment.progress) return;
    this.#running = undefined;
    const candidate = experiment.candidates[experiment.index];
    if (!candidate) return;
    const rule = ruleFor(experiment.poll, candidate);
    // The newest rule is asked first.
    this.#found.unshift(rule);
    this.#rules = this.#sourceOf(this.#found);
    experiment.rule = rule;
    this.#session.log(`auto: ${rule.name} let the driver go on`);
    this.#write();
  }

  #experimentOf(poll: Poll, value: number): Experiment {
    const key = keyOf(poll);
    const known = this.#experiments.get(key);
    if (known) return known;
    const { register, reads, duration } = poll;
    this.#session.log.warn(
      `the driver polls ${register}: ${reads} reads in ${duration.toFixed(1)} ms give 0x${value.toString(16)}; trying answers`,
    );
    const candidates = candidatesFor(poll, value);
    const source = this.#trialOf(poll, candidates[0]);
    const made = { poll, candidates, index: 0, tries: 0, progress: 0, rule: undefined, source };
    this.#experiments.set(key, made);
    return made;
  }

  /** The driver had only given up, and is stuck at the same place again. */
  #takeBack(experiment: Experiment): void {
    const { rule } = experiment;
    experiment.rule = undefined;
    if (!rule) return;
    this.#session.log(`auto: ${rule.name} did not help after all`);
    this.#found.splice(this.#found.indexOf(rule), 1);
    this.#rules = this.#sourceOf(this.#found);
    this.#write();
    this.#next(experiment);
  }

  #next(experiment: Experiment): void {
    experiment.index++;
    experiment.tries = 0;
    const candidate = experiment.candidates[experiment.index];
    if (candidate) experiment.source = this.#trialOf(experiment.poll, candidate);
    else if (experiment.index === experiment.candidates.length) {
      this.#session.log.warn(
        `auto: nothing helps with ${experiment.poll.register}, neither ${triedBy(experiment.candidates)}; write a rule for it`,
      );
    }
  }

  /** The candidate as a rule that holds now, whatever was written before. */
  #trialOf(poll: Poll, candidate: Candidate | undefined): RuleSource {
    if (!candidate) return this.#sourceOf([]);
    const { bar, offset } = poll;
    return this.#sourceOf([{ match: { bar, offset }, answer: candidate.answer }]);
  }

  /** Rules that know what the driver has written last. */
  #sourceOf(rules: readonly RuleSpec[]): RuleSource {
    const source = new RuleSource({ rules, where: () => 'auto' }, this.#session);
    const { lastWrite } = this.#tracker;
    if (lastWrite) source.write({ ...lastWrite, write: true, wholeSize: lastWrite.size });
    return source;
  }

  #write(): void {
    if (this.#file === undefined) return;
    writeFileSync(
      this.#file,
      rulesText(this.#found, 'Found by pciem proxy --auto: answers that let the driver go on.'),
    );
  }
}

function keyOf({ bar, offset, size, trigger }: Poll): string {
  return [bar, offset, size, trigger?.bar, trigger?.offset, trigger?.value].join(' ');
}
