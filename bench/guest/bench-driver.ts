import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { median, quantile } from '../statistics.ts';

/** An order to the driver in bench/driver, which documents it. */
export interface Order {
  what: 'read' | 'write' | 'fault' | 'copy' | 'door' | 'switch' | 'map' | 'store';
  bar?: number;
  offset: number;
  /** Accesses or bytes per sample, or the value to store; 1 when left out. */
  amount?: number;
  samples: number;
  /** Microseconds before each sample; 0 when left out. */
  gap?: number;
}

/** Times of one access in nanoseconds. */
export interface Times {
  p50: number;
  p99: number;
}

export function loadBenchDriver(): void {
  if (!existsSync('/sys/module/pciem_bench')) execFileSync('insmod', ['/run/pciem/pciem_bench.ko']);
}

/** Lets the driver of the device at an address do something. */
export function order(address: string, { what, bar = 0, offset, amount = 1, samples, gap = 0 }: Order): void {
  writeFileSync(`${directoryOf(address)}/command`, `${what} ${bar} ${offset} ${amount} ${samples} ${gap}`);
}

/** The times of the samples, each divided by the accesses or bytes in it. */
export function carryOut(address: string, measurement: Order): Times {
  order(address, measurement);
  const bytes = readFileSync(`${directoryOf(address)}/samples`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { samples, amount = 1 } = measurement;
  // The first ones wake everybody up.
  const warmUp = Math.ceil(samples / 10);
  const times: number[] = [];
  for (let i = warmUp; i < samples; i++) times.push(Number(view.getBigUint64(i * 8, true)) / amount);
  return { p50: median(times), p99: quantile(times, 0.99) };
}

function directoryOf(address: string): string {
  return `/sys/kernel/debug/pciem-bench/${address}`;
}
