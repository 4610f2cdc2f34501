import { EventEmitter, once } from 'node:events';
import { DMA_BYTES, dmaCases } from '../dma-cases.ts';
import type { GuestPlan, Side } from '../protocol.ts';
import { benchRegisters } from '../registers.ts';
import { benchDevice } from './access.ts';
import { loadBenchDriver, order } from './bench-driver.ts';
import { tell } from './channel.ts';
import { plugIn } from './plugged.ts';

/** Part 3: the device copies from and to the driver's memory, and within its own. */
export async function measureDma({ quick }: GuestPlan): Promise<void> {
  loadBenchDriver();
  const log = new EventEmitter<{ line: [string] }>();
  const endpoint = await plugIn({
    entry: benchDevice,
    onEvent: (event) => event.type === 'log' && log.emit('line', event.text),
  });
  order(endpoint.address, { what: 'map', offset: benchRegisters.dmaAddress, amount: DMA_BYTES, samples: 0 });
  for (const [index, { id, quick: isQuick }] of dmaCases.entries()) {
    if (quick && !isQuick) continue;
    for (let round = 0; round < (quick ? 3 : 7); round++) {
      const line = once(log, 'line') as Promise<[string]>;
      order(endpoint.address, { what: 'store', offset: benchRegisters.dmaRun, amount: index, samples: 0 });
      const times = JSON.parse((await line)[0]) as Record<Side, number>;
      for (const side of ['pciem', 'baseline'] as const)
        tell({ type: 'sample', figure: id, side, round, value: times[side] });
    }
  }
  await endpoint.unplug();
}
