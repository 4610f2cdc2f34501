import type { RecordedEvent, Recording } from './recording.ts';

/** A register as drivers access it: place and size. */
export interface RegisterKey {
  readonly bar: number;
  readonly offset: number;
  /** Bytes: 1, 2 or 4; an access of 8 counts as two of 4. */
  readonly size: number;
}

/** A read, and what the driver had done before it. */
export interface ReadSample {
  readonly value: number;
  /** Which capture. */
  readonly run: number;
  /** Number of the access in its capture. */
  readonly at: number;
}

/** A write. */
export interface WriteSample {
  readonly value: number;
  readonly run: number;
  readonly at: number;
}

/** One access of at most 4 bytes. */
export interface Piece extends RegisterKey {
  readonly write: boolean;
  readonly value: number;
  readonly time: number;
}

/** Reads by register and writes by offset, of several captures of the same device. */
export class Series {
  readonly reads = new Map<string, { key: RegisterKey; samples: ReadSample[] }>();
  /** By `bar offset`. */
  readonly writes = new Map<string, { bar: number; offset: number; samples: WriteSample[] }>();

  constructor(recordings: readonly Recording[]) {
    recordings.forEach(({ events }, run) => {
      let at = 0;
      for (const event of events) for (const piece of piecesOf(event)) this.#add(piece, run, at++);
    });
  }

  #add({ write, bar, offset, size, value }: Piece, run: number, at: number): void {
    if (write) {
      const place = `${bar} ${offset}`;
      const known = this.writes.get(place) ?? { bar, offset, samples: [] };
      known.samples.push({ value, run, at });
      this.writes.set(place, known);
      return;
    }
    const key = `${bar} ${offset} ${size}`;
    const known = this.reads.get(key) ?? { key: { bar, offset, size }, samples: [] };
    known.samples.push({ value, run, at });
    this.reads.set(key, known);
  }
}

/** The driver's accesses to BARs in an event, in pieces of at most 4 bytes. */
export function piecesOf(event: RecordedEvent): Piece[] {
  if ((event.kind !== 'read' && event.kind !== 'write') || event.space > 5 || event.failed) return [];
  const { kind, space: bar, offset, size, value, time } = event;
  const write = kind === 'write';
  if (size <= 4) return [{ write, bar, offset, size, value: Number(value), time }];
  const low = Number(value & 0xffff_ffffn);
  return [
    { write, bar, offset, size: 4, value: low, time },
    { write, bar, offset: offset + 4, size: 4, value: Number(value >> 32n), time },
  ];
}

/** For each read, the last write to a place before it; the write's number among all is its identity. */
export function lastWrites(
  samples: readonly ReadSample[],
  writes: readonly WriteSample[],
): (WriteSample | undefined)[] {
  let next = 0;
  let last: WriteSample | undefined;
  return samples.map(({ run, at }) => {
    for (let write = writes[next]; write && (write.run < run || (write.run === run && write.at < at)); next++) {
      last = write;
      write = writes[next + 1];
    }
    return last?.run === run ? last : undefined;
  });
}
