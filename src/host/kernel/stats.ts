import { uapi } from '@pciem/capture/uapi';

const { fields } = uapi.structs.pciem_stats;

/** What the module has counted since the endpoint was made (uapi: struct pciem_stats). */
export type Stats = { readonly [K in keyof typeof fields]: number };

export function decodeStats(view: DataView): Stats {
  const entries = Object.entries(fields).map(([name, { offset }]) => [name, Number(view.getBigUint64(offset, true))]);
  return Object.fromEntries(entries) as Stats;
}
