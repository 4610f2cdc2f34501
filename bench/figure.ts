import type { Sample, Side } from './protocol.ts';
import { median, spread } from './statistics.ts';

/** What a ratio has to be for a goal of issue 7 to be met. */
export interface Goal {
  kind: 'at least' | 'at most';
  ratio: number;
}

/** Something that is measured on both sides. */
export interface FigureDefinition {
  id: string;
  /** At most 34 characters. */
  title: string;
  unit: string;
  goal?: Goal;
  /** Heading of a table of its own. */
  group?: string;
}

/** A figure with what was measured: a line of the table. */
export interface Figure extends FigureDefinition {
  /** Medians of the rounds, in `unit`. */
  pciem: number;
  baseline: number;
  /** Median of the rounds' ratios, pciem to baseline. */
  ratio: number;
  /** Of the rounds' ratios: see `spread`. */
  spread: number;
  rounds: { pciem: number; baseline: number }[];
  /** Other facts that were measured with it: medians, by side and name. */
  facts: Record<Side, Record<string, number>>;
}

/** The figure that samples give; undefined if no round has both sides. */
export function figureOf(definition: FigureDefinition, samples: readonly Sample[]): Figure | undefined {
  const mine = samples.filter(({ figure }) => figure === definition.id);
  const rounds = [...Map.groupBy(mine, ({ round }) => round).values()]
    .map((pair) => ({ pciem: valueIn(pair, 'pciem'), baseline: valueIn(pair, 'baseline') }))
    .filter((pair): pair is Figure['rounds'][number] => pair.pciem !== undefined && pair.baseline !== undefined);
  if (rounds.length === 0) return undefined;
  const ratios = rounds.map(({ pciem, baseline }) => pciem / baseline);
  return {
    ...definition,
    pciem: median(rounds.map(({ pciem }) => pciem)),
    baseline: median(rounds.map(({ baseline }) => baseline)),
    ratio: median(ratios),
    spread: spread(ratios),
    rounds,
    facts: { pciem: factsOf(mine, 'pciem'), baseline: factsOf(mine, 'baseline') },
  };
}

/** Whether the goal is met; undefined if there is none. */
export function meetsGoal({ goal, ratio }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return goal.kind === 'at least' ? ratio >= goal.ratio : ratio <= goal.ratio;
}

function valueIn(pair: readonly Sample[], side: Side): number | undefined {
  return pair.find((sample) => sample.side === side)?.value;
}

function factsOf(samples: readonly Sample[], side: Side): Record<string, number> {
  const all: Record<string, number[]> = {};
  for (const sample of samples) {
    if (sample.side !== side) continue;
    for (const [name, value] of Object.entries(sample.facts ?? {})) {
      all[name] ??= [];
      all[name].push(value);
    }
  }
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, median(values)]));
}
