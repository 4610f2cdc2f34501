import { uapi } from '@pciem/capture/uapi';
import { describe, expect, it } from 'vitest';
import type { KernelEvent } from './events.ts';
import { Monitor } from './monitor.ts';
import { decodeStats, type Stats } from './stats.ts';

const { pciem_stats: layout } = uapi.structs;

function statsWith(values: Partial<Stats>): Stats {
  const view = new DataView(new ArrayBuffer(layout.size));
  for (const [name, value] of Object.entries(values)) {
    view.setBigUint64(layout.fields[name as keyof Stats].offset, BigInt(value), true);
  }
  return decodeStats(view);
}

describe('decodeStats', () => {
  it('gives every counter its name', () => {
    const stats = statsWith({ reads: 1, mappings: 2 ** 40 });
    expect(Object.keys(stats)).toEqual(Object.keys(layout.fields));
    expect([stats.reads, stats.mappings, stats.writes]).toEqual([1, 2 ** 40, 0]);
  });
});

describe('Monitor', () => {
  it('tells by how much a counter has risen, once', () => {
    const events: KernelEvent[] = [];
    const monitor = new Monitor(-1, (event) => events.push(event));
    monitor.check(statsWith({ reads: 5 }));
    monitor.check(statsWith({ timeouts: 2, dma_faults: 1 }));
    monitor.check(statsWith({ timeouts: 2, dma_faults: 1 }));
    monitor.check(statsWith({ timeouts: 5, dma_faults: 1 }));
    monitor.stop();
    expect(events).toEqual([
      { type: 'timeout', count: 2, total: 2 },
      { type: 'trouble', counter: 'dma_faults', count: 1, total: 1 },
      { type: 'timeout', count: 3, total: 5 },
    ]);
  });
});
