import type { Analysis, Problem, ProblemKind } from './frame.ts';
import { type ScanOptions, scan } from './scan.ts';

const KEPT_OF_A_KIND = 1000;

/** All problems of one kind. */
export interface ProblemGroup {
  kind: ProblemKind;
  /** Lost events, bytes of damage, or else times that it happened. */
  count: number;
  /** Packets of the first and the last one; 0 if they are in none. */
  firstFrame: number;
  lastFrame: number;
}

/** What is wrong in a capture, most serious first. */
export interface ErrorReport {
  groups: ProblemGroup[];
  /** The first 1000 of each kind, in the order of the file. */
  problems: Problem[];
}

/** From what a driver notices to what only makes the capture less complete. */
const ORDER: readonly ProblemKind[] = [
  'device error',
  'completion timeout',
  'completer abort',
  'unsupported request',
  'other completion status',
  'DMA fault',
  'access to no BAR',
  'surprise removal',
  'poisoned TLP',
  'malformed TLP',
  'tag reuse',
  'completion without request',
  'request without completion',
  'configuration retry',
  'lost events',
  'damaged file',
  'file cut off',
];

/** What is wrong in a capture file. */
export async function analyzeErrors(path: string, options?: ScanOptions): Promise<ErrorReport> {
  const errors = new Errors();
  await scan(path, [errors], options);
  return errors.report();
}

/** Collects what is wrong. */
export class Errors implements Analysis {
  readonly #groups = new Map<ProblemKind, ProblemGroup & { kept: number }>();
  readonly #problems: Problem[] = [];
  readonly #keep: number;

  /** Keeps the first `keep` problems of each kind. */
  constructor(keep = KEPT_OF_A_KIND) {
    this.#keep = keep;
  }

  problem(problem: Problem): void {
    const { kind, frame, count } = problem;
    let group = this.#groups.get(kind);
    if (!group) {
      group = { kind, count: 0, firstFrame: frame, lastFrame: frame, kept: 0 };
      this.#groups.set(kind, group);
    }
    group.count += count;
    group.lastFrame = frame;
    if (group.kept++ < this.#keep) this.#problems.push(problem);
  }

  report(): ErrorReport {
    const groups = [...this.#groups.values()].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    return { groups: groups.map(({ kept, ...group }) => group), problems: this.#problems };
  }
}
