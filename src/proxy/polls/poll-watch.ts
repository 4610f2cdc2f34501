import { stringify } from 'yaml';
import type { Observer } from '../core/proxy.ts';
import type { ModelAccess, ModelSession } from '../core/source.ts';
import { candidatesFor, ruleFor } from './candidates.ts';
import { type Poll, PollTracker } from './poll-tracker.ts';

/** Says so when the driver polls a register without getting anywhere, and proposes the rule that may release it. */
export class PollWatch implements Observer {
  readonly #session: ModelSession;
  readonly #tracker = new PollTracker();
  readonly #told = new Set<string>();

  constructor(session: ModelSession) {
    this.#session = session;
  }

  accessed(access: ModelAccess, value: number): void {
    if (access.write) {
      this.#tracker.wrote(access);
      return;
    }
    const poll = this.#tracker.read(access, value);
    const key = `${access.register} ${poll?.trigger?.register} ${poll?.trigger?.value}`;
    if (!poll || this.#told.has(key)) return;
    this.#told.add(key);
    this.#tell(poll, value);
  }

  #tell(poll: Poll, value: number): void {
    const { register, reads, duration, trigger, some, all } = poll;
    const varying = (some & ~all) >>> 0;
    const seen =
      varying === 0 ? `give 0x${value.toString(16)} each time` : `vary in bits 0x${varying.toString(16)} only`;
    const since = trigger ? ` after it wrote 0x${trigger.value.toString(16)} to ${trigger.register}` : '';
    const [first] = candidatesFor(poll, value);
    const proposal = first
      ? stringify([ruleFor(poll, first)], { flowCollectionPadding: false, collectionStyle: 'flow' })
      : '';
    this.#session.log.warn(
      `the driver is stuck: ${reads} reads of ${register} in ${duration.toFixed(1)} ms${since} ${seen}. ` +
        `It may wait for ${first?.what}; a rule for that: ${proposal.replaceAll(/\s+/g, ' ').trim()}; or let --auto find out`,
    );
  }
}

/** The register that a line of the log says the driver is stuck with, if it does. */
export function stuckRegister(line: string): string | undefined {
  return /^the driver (?:is stuck: \d+ reads of (.+?) in|polls (.+?):) /.exec(line)?.slice(1).find(Boolean);
}
