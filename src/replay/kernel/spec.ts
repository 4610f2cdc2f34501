import type { Identity } from '@pciem/sdk';

/** Of a replay on the kernel host: what its three processes and threads share. Plain data. */
export interface KernelReplaySpec {
  /** File of the capture. */
  readonly capture: string;
  /** Module of the device, or file of a learned model. */
  readonly device: string;
  readonly model: boolean;
  /** Who the device says it is; on the bus it has another identity, which no driver knows. */
  readonly identity: Identity;
  readonly speed: number;
  /** Registers whose values are not compared, in lower case. */
  readonly ignore: readonly string[];
  /** Files for what the two sides have seen: `Outcome` and `Played`. */
  readonly outcome: string;
  readonly played: string;
  /** File of the device's `InterruptCounts`. */
  readonly interrupts: string;
}
