import type { Answer, ModelAccess, ModelSession, ModelSource, WriteEffect } from '../core/source.ts';
import { type AnswerState, answerOf, newAnswerState } from './answers.ts';
import { milliseconds } from './duration.ts';
import { carryOut } from './effects.ts';
import { Matcher, type MatchState, newMatchState } from './matcher.ts';
import { withFields } from './places.ts';
import { type RuleSpec, rulesSchema } from './schema.ts';
import { checkYaml } from './yaml-file.ts';

interface State {
  match: MatchState;
  answer: AnswerState;
}

/** What rules remember, by the name of the rule: outlives a reload. */
export type RuleStates = Map<string, State>;

interface Rule {
  readonly spec: RuleSpec;
  readonly matcher: Matcher;
  readonly state: State;
  /** `rule ready (rules.yaml:3:5)`. */
  readonly by: string;
}

/** Rules with the place in their file. */
export interface RuleList {
  readonly rules: readonly RuleSpec[];
  where(index: number): string;
}

/** Parses a file of rules. Throws a UsageFailure that points at line and column of every mistake. */
export function parseRules(file: string, text: string): RuleList {
  const { data, where } = checkYaml(file, text, rulesSchema);
  return { rules: data.rules, where: (index) => where(['rules', index]) };
}

/** Rules as a source of answers. Throws a UsageFailure if a rule names a register or field that is not there. */
export class RuleSource implements ModelSource {
  readonly #session: ModelSession;
  readonly #rules: Rule[] = [];

  constructor({ rules, where }: RuleList, session: ModelSession, states: RuleStates = new Map()) {
    this.#session = session;
    rules.forEach((spec, index) => {
      const place = where(index);
      const name = spec.name ?? `${index + 1}`;
      const matcher = new Matcher(spec.match, session.names, place);
      if (spec.answer?.fields) withFields(0, spec.answer.fields, matcher.place, place);
      let state = states.get(name);
      if (!state) {
        state = { match: newMatchState(), answer: newAnswerState(spec.answer) };
        states.set(name, state);
      }
      this.#rules.push({ spec, matcher, state, by: `rule ${name} (${place})` });
    });
  }

  read(access: ModelAccess): Answer | undefined {
    let answer: Answer | undefined;
    for (const rule of this.#rules) {
      // Each rule counts its own accesses, whether an earlier one answers or not.
      if (rule.matcher.matches(access, rule.state.match)) answer ??= this.#apply(rule, access);
    }
    return answer;
  }

  write(access: ModelAccess): WriteEffect | undefined {
    let effect: WriteEffect | undefined;
    for (const { spec, matcher, state, by } of this.#rules) {
      matcher.noteWrite(access, state.match);
      if (!matcher.matches(access, state.match)) continue;
      carryOut(spec, access, this.#session, by);
      effect ??= { by, drop: spec.drop ?? false };
    }
    return effect;
  }

  #apply({ spec, matcher, state, by }: Rule, access: ModelAccess): Answer | undefined {
    const answer = spec.answer && answerOf(spec.answer, access, matcher.place, this.#session, state.answer);
    carryOut(spec, access, this.#session, by);
    const delay = spec.delay === undefined ? {} : { delay: milliseconds(spec.delay) };
    if (answer) return { ...answer, ...delay, by };
    if (spec.delay === undefined) return undefined;
    return { value: this.#session.peek(access.bar, access.offset, access.size), ...delay, by };
  }

  reset(): void {
    for (const { spec, state } of this.#rules) {
      Object.assign(state.match, newMatchState());
      Object.assign(state.answer, newAnswerState(spec.answer));
    }
  }
}
