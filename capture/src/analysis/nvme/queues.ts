/** Bytes of the smallest memory page, CC.MPS 0. */
export const PAGE_BYTES = 4096;

/** Queue entries in bytes. */
export const SQE_BYTES = 64;
export const CQE_BYTES = 16;

/** A submission or completion queue in memory; number 0 is the admin queue. */
export interface Queue {
  readonly kind: 'submission' | 'completion';
  readonly id: number;
  /** Bus address of the first entry. */
  readonly base: number;
  /** Entries. */
  readonly size: number;
  /** Submission queues: its completion queue; completion queues: the interrupt vector, -1 for none. */
  readonly target: number;
}

/** Finds the queue that an address is in. */
export class QueueMap {
  /** By number of a 4 KiB page: queues are aligned to pages of at least that. */
  readonly #pages = new Map<number, Queue[]>();
  readonly #queues = new Map<string, Queue>();

  get(kind: Queue['kind'], id: number): Queue | undefined {
    return this.#queues.get(`${kind} ${id}`);
  }

  add(queue: Queue): void {
    this.remove(queue.kind, queue.id);
    this.#queues.set(`${queue.kind} ${queue.id}`, queue);
    for (const page of pagesOf(queue)) {
      const others = this.#pages.get(page);
      if (others) others.push(queue);
      else this.#pages.set(page, [queue]);
    }
  }

  remove(kind: Queue['kind'], id: number): void {
    const queue = this.get(kind, id);
    if (!queue) return;
    this.#queues.delete(`${kind} ${id}`);
    for (const page of pagesOf(queue)) {
      const left = this.#pages.get(page)?.filter((other) => other !== queue) ?? [];
      if (left.length > 0) this.#pages.set(page, left);
      else this.#pages.delete(page);
    }
  }

  clear(): void {
    this.#pages.clear();
    this.#queues.clear();
  }

  /** The queue of this kind that has `address`. */
  at(kind: Queue['kind'], address: number): Queue | undefined {
    const queues = this.#pages.get(Math.floor(address / PAGE_BYTES));
    if (!queues) return undefined;
    for (const queue of queues) {
      if (queue.kind === kind && address >= queue.base && address < queue.base + bytesOf(queue)) return queue;
    }
    return undefined;
  }
}

function bytesOf({ kind, size }: Queue): number {
  return size * (kind === 'submission' ? SQE_BYTES : CQE_BYTES);
}

function* pagesOf(queue: Queue): Generator<number> {
  const last = Math.floor((queue.base + bytesOf(queue) - 1) / PAGE_BYTES);
  for (let page = Math.floor(queue.base / PAGE_BYTES); page <= last; page++) yield page;
}
