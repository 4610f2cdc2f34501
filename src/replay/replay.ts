import { type DeviceDefinition, DeviceInstance, type ResetKind } from '@pciem/sdk';
import type { SimHost } from '@pciem/sdk/testing';
import type { Recording } from '../model/recording.ts';
import { type InterruptSource, play, type ReplayOptions, type ReplayTarget } from './player.ts';
import { ReplayHost } from './replay-host.ts';
import { type ReplayResult, resultOf } from './result.ts';

const CONFIG_SPACE = 7;

/** Plays the driver's side of a recording against a device on the simulated host, and compares what the device does. */
export async function replay(
  recording: Recording,
  definition: DeviceDefinition,
  settings: Readonly<Record<string, unknown>>,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const host = new ReplayHost(new DeviceInstance(definition, settings), recording.events);
  try {
    const played = await play(recording, new SimTarget(host), options);
    return resultOf(recording.events, played, host.outcome());
  } finally {
    host.close();
  }
}

/** A device on a simulated host. */
export class SimTarget implements ReplayTarget {
  readonly #host: SimHost & Partial<Pick<ReplayHost, 'interrupts'>>;

  constructor(host: SimHost & Partial<Pick<ReplayHost, 'interrupts'>>) {
    this.#host = host;
  }

  async read(space: number, offset: number, size: number): Promise<bigint> {
    const host = this.#host;
    if (space !== CONFIG_SPACE) {
      return BigInt.asUintN(size * 8, await host.readLater(space, offset, size as 1 | 2 | 4 | 8));
    }
    if (size === 1) return BigInt(host.readConfig8(offset));
    return BigInt(size === 2 ? host.readConfig16(offset) : host.readConfig32(offset));
  }

  write(space: number, offset: number, size: number, value: bigint): void {
    const host = this.#host;
    const low = Number(value & 0xffff_ffffn);
    if (space === CONFIG_SPACE) {
      if (size === 1) host.writeConfig8(offset, low);
      else if (size === 2) host.writeConfig16(offset, low);
      else host.writeConfig32(offset, low);
    } else if (size === 8) host.write64(space, offset, value);
    else if (size === 4) host.write32(space, offset, low);
    else if (size === 2) host.write16(space, offset, low);
    else host.write8(space, offset, low);
  }

  reset(kind: ResetKind): void {
    this.#host.reset(kind);
  }

  interrupts(source: InterruptSource): number {
    return this.#host.interrupts?.(source) ?? Number.POSITIVE_INFINITY;
  }
}
