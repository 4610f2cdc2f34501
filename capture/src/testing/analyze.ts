import type { Analysis } from '../analysis/frame.ts';
import { Scanner, type ScanResult } from '../analysis/scan.ts';
import type { TapConverterOptions } from '../tap-converter.ts';
import { convert } from './capture.ts';
import type { EventInit } from './events.ts';

/** Time of the device maps in test captures, which is time 0 of analyses: nanoseconds since 1970. */
export const START = 1_700_000_000_000_000_000n;

/** Shows a capture of the events to an analysis; returns what the scan says. */
export function analyze(
  analysis: Analysis,
  events: readonly EventInit[],
  options?: Partial<TapConverterOptions>,
): ScanResult {
  const scanner = new Scanner([analysis]);
  scanner.push(convert(events, options));
  return scanner.finish();
}

let seq = 1;

/** A driver's plain 32-bit access, answered at once. */
export function access(kind: 'memRead' | 'memWrite', offset: number, value: number, at: number): EventInit {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(value);
  const flags: EventInit['flags'] = kind === 'memRead' ? ['completed'] : [];
  return { kind, flags, seq: seq++, time: START + BigInt(at), address: 0x10_0000 + offset, offset, tag: 0xc0, data };
}

/** A read that the device's code answers: the request, and its completion `latency` nanoseconds later. */
export function forwardedRead(offset: number, value: number, at: number, latency: number, tag = 1): EventInit[] {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(value);
  const common: Partial<EventInit> = { flags: ['forwarded'], address: 0x10_0000 + offset, offset, tag };
  const request: EventInit = { ...common, kind: 'memRead', seq: seq++, time: START + BigInt(at), dataLength: 4 };
  const { seq: requestSeq = 0 } = request;
  return [
    request,
    { ...common, kind: 'memCompletion', seq: seq++, requestSeq, time: START + BigInt(at + latency), latency, data },
  ];
}

/** A transfer of the device. */
export function dma(
  kind: 'dmaRead' | 'dmaWrite',
  address: number,
  data: Uint8Array,
  at: number,
  options: Partial<EventInit> = {},
): EventInit {
  return { kind, seq: seq++, time: START + BigInt(at), address, data, space: 255, ...options };
}

export function interrupt(vector: number, at: number): EventInit {
  return {
    kind: 'msi',
    seq: seq++,
    time: START + BigInt(at),
    address: 0xfee0_0000,
    space: 255,
    vector,
    data: [0x20, 0, 0, 0],
  };
}
