import type { Mode } from '../core/source.ts';

/** A read that a person is to answer. */
export interface StoppedRead {
  /** Counts the stops, so that an answer is not taken for another read. */
  id: number;
  register: string;
  bar: number;
  offset: number;
  /** Bytes. */
  size: number;
  /** What the model answers, unless it gives no data. */
  value?: number;
  /** What gave that answer. */
  by: string;
}

/** What a client asks of a running proxy: one JSON object a line. */
export type ControlRequest =
  | { readonly type: 'status' }
  | { readonly type: 'mode'; readonly mode: Mode }
  | { readonly type: 'reload' }
  /** Be told of stops from now on. */
  | { readonly type: 'attach' }
  /** Goes on with the read that is stopped; without `value` with the model's answer. `skip`: so many stops are left out. */
  | { readonly type: 'continue'; readonly id: number; readonly value?: number; readonly skip?: number };

export interface ProxyStatus {
  name: string;
  mode: Mode;
  pid: number;
}

/** What a proxy tells. */
export type ControlReply =
  | ({ readonly type: 'status' } & ProxyStatus)
  | { readonly type: 'error'; readonly message: string }
  | ({ readonly type: 'stopped' } & StoppedRead);
