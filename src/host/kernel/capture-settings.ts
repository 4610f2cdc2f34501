import { basename } from 'node:path';

/** The path of a capture that goes to standard output. */
export const STDOUT = '/dev/stdout';

/** What a capture keeps, and how its file is written; plain data, for the worker and for virtual machines. */
export interface CaptureSettings {
  /** Name who makes each access of the driver. */
  readonly callers?: boolean;
  /** Payload bytes kept of an event; all when left out or 0. */
  readonly snaplen?: number;
  /** Limits of the link that transfers are cut for, in bytes. */
  readonly link?: { readonly mps: number; readonly mrrs: number; readonly rcb: number };
  /** Keeps the TLPs for which this expression holds. */
  readonly filter?: string;
  /** Puts a mark after each TLP for which this expression holds. */
  readonly markWhen?: string;
  /** Ends the capture at the first TLP for which this expression holds. */
  readonly stopWhen?: string;
  /** Packets that are kept from before that TLP, and no others; everything when left out. */
  readonly before?: number;
  /** TLPs that are still captured after it; none when left out. */
  readonly after?: number;
  /** Seconds after which the capture ends. */
  readonly seconds?: number;
  /** Starts a new file when one has so many bytes, */
  readonly fileBytes?: number;
  /** or after so many seconds. */
  readonly fileSeconds?: number;
  /** Files that are kept; all when left out. */
  readonly files?: number;
  readonly compression?: Compression;
}

export type Compression = 'gzip' | 'zstd';

/** Whether what is captured depends on the packets. */
export function hasConditions({ filter, markWhen, stopWhen }: CaptureSettings): boolean {
  return filter !== undefined || markWhen !== undefined || stopWhen !== undefined;
}

/** Whether the capture is several files. */
export function isRotating({ fileBytes, fileSeconds }: CaptureSettings): boolean {
  return fileBytes !== undefined || fileSeconds !== undefined;
}

/** The name of a capture in several files, around their number and time. */
export function splitRotated(path: string): { stem: string; extension: string } {
  const name = basename(path);
  const dot = name.indexOf('.', 1);
  return dot < 0 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) };
}
