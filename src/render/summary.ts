import type { Stats } from '../host/kernel/stats.ts';
import { count, grouped } from './text.ts';

/** What the module counted, as one line of traffic and, if there was any, one of trouble. */
export function renderSummary(stats: Stats): string[] {
  const traffic = [
    `${count(stats.reads, 'read')}${stats.forwarded === 0 ? '' : ` (${grouped(stats.forwarded)} answered by the device)`}`,
    count(stats.writes, 'write'),
    count(stats.config_reads + stats.config_writes, 'configuration access'),
    count(stats.dma_reads, 'DMA read'),
    count(stats.dma_writes, 'DMA write'),
    count(stats.interrupts, 'interrupt'),
    `${stats.lost} lost`,
  ];
  const trouble = [
    some(stats.timeouts, 'completion timeout'),
    some(stats.late, 'late answer'),
    some(stats.dma_faults, 'refused DMA access'),
    some(stats.interrupts_refused, 'refused interrupt'),
    some(stats.undecoded, 'undecodable driver access'),
    some(stats.stalls, 'driver stall'),
    some(stats.unordered, 'unordered read'),
  ].filter((part) => part !== undefined);
  return [traffic.join(', '), ...(trouble.length === 0 ? [] : [trouble.join(', ')])];
}

function some(number: number, noun: string): string | undefined {
  return number === 0 ? undefined : count(number, noun);
}
