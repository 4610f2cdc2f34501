import type { RegisterNames } from '../proxy/core/register-names.ts';
import type { Shape } from '../proxy/shape/shape.ts';
import {
  type Guess,
  guessConstant,
  guessCounter,
  guessFunction,
  guessLastWritten,
  guessSequence,
} from './behaviours.ts';
import { learnEffects } from './effects.ts';
import type { LearnedModel, LearnedRegister } from './format.ts';
import type { Recording } from './recording.ts';
import { type ReadSample, type RegisterKey, Series } from './series.ts';

/** What an unexplained read costs, in numbers of a description. */
const ERROR_COST = 8;
/** A table of another register's writes has to be this much shorter than one of its own. */
const FOREIGN_COST = 2;
/** A list of values says nothing about why they come: whatever else explains them is better. */
const SEQUENCE_COST = 4;

/** Learns what a device does from captures of it. */
export function learnModel(recordings: readonly Recording[], shape: Shape, names: RegisterNames): LearnedModel {
  const series = new Series(recordings);
  const registers = [...series.reads.values()]
    .map(({ key, samples }) => describe(key, samples, series, names))
    .sort((a, b) => a.bar - b.bar || a.offset - b.offset || a.size - b.size);
  return {
    version: 1,
    device: shape as unknown as LearnedModel['device'],
    registers,
    effects: learnEffects(recordings),
  };
}

function describe(
  key: RegisterKey,
  samples: readonly ReadSample[],
  series: Series,
  names: RegisterNames,
): LearnedRegister {
  const guesses = [...ownGuesses(key, samples, series), ...foreignGuesses(key, samples, series)];
  const best = guesses.reduce((winner, guess) => (costOf(guess) < costOf(winner) ? guess : winner));
  const { name, named } = names.at(key.bar, key.offset);
  const size = key.size as LearnedRegister['size'];
  return { ...(named && { name }), bar: key.bar, offset: key.offset, size, ...best.behaviour };
}

function* ownGuesses(key: RegisterKey, samples: readonly ReadSample[], series: Series): Generator<Guess> {
  yield guessConstant(samples);
  const counter = guessCounter(samples);
  if (counter) yield counter;
  const sequence = guessSequence(samples);
  yield { ...sequence, length: sequence.length * SEQUENCE_COST };
  const own = series.writes.get(`${key.bar} ${key.offset}`);
  if (!own) return;
  yield guessLastWritten(samples, own.samples, key.size);
  for (const restarts of [true, false]) {
    const guess = guessFunction(samples, own, restarts);
    if (guess) yield guess;
  }
}

function* foreignGuesses(key: RegisterKey, samples: readonly ReadSample[], series: Series): Generator<Guess> {
  // What is always the same is a function of nothing.
  if (guessConstant(samples).errors === 0) return;
  for (const place of series.writes.values()) {
    if (place.bar === key.bar && place.offset === key.offset) continue;
    for (const restarts of [true, false]) {
      const guess = guessFunction(samples, place, restarts);
      if (guess) yield { ...guess, length: guess.length + FOREIGN_COST };
    }
  }
}

function costOf({ errors, length }: Guess): number {
  return errors * ERROR_COST + length;
}
