import type { Distribution } from '../histogram.ts';

/** Commands of one kind. Times are nanoseconds. */
export interface NvmeCommandRow {
  queue: 'admin' | 'I/O';
  opcode: number;
  name: string;
  count: number;
  /** Completed, and of those with a status that is not Success. */
  completed: number;
  errors: number;
  /** Logical blocks of reads, writes and the like; bytes when the format of their namespaces is in the capture. */
  blocks: number;
  bytes: number;
  /** Packet that fetched the first one. */
  firstFrame: number;
  /** From the doorbell that announced it to the completion entry. Frames are those that fetched the command. */
  latency?: Distribution;
  /** From its fetch to the completion entry: what the device needed. */
  service?: Distribution;
}

/** One pair of queues. */
export interface NvmeQueueRow {
  /** Address of the function. */
  function: string;
  id: number;
  /** Entries of the submission queue. */
  size: number;
  /** Bus address of the submission queue. */
  base: number;
  /** Its completion queue, and that one's interrupt vector, -1 for none. */
  completionQueue: number;
  vector: number;
  commands: number;
  completed: number;
  errors: number;
  /** Commands fetched and not yet completed: most at a time, and average over the time there was one. */
  maxDepth: number;
  maxDepthFrame: number;
  avgDepth: number;
  firstFrame: number;
}

/** One command, when it is over. */
export interface NvmeCommand {
  /** Packets of the doorbell (0 if it is not in the capture), the fetch and the completion entry. */
  doorbellFrame: number;
  frame: number;
  completionFrame: number;
  /** Nanoseconds since the first packet of the file, when it was fetched. */
  time: number;
  function: string;
  queue: number;
  /** Command identifier. */
  cid: number;
  name: string;
  opcode: number;
  namespace: number;
  /** First logical block and number of blocks, of commands that have them. */
  lba: string;
  blocks: number;
  /** Nanoseconds from doorbell, or -1, and from fetch to completion. */
  latency: number;
  service: number;
  status: string;
}

export interface NvmeReport {
  commands: NvmeCommandRow[];
  queues: NvmeQueueRow[];
  /** The first 1000 commands with an error. */
  errors: NvmeCommand[];
  /** Completion entries of commands whose fetch is not in the capture. */
  unmatched: number;
  /** Commands that were neither completed nor ended by a reset of the controller when the capture ended, by name. */
  unfinished: { name: string; count: number; firstFrame: number }[];
  /** Queue entries whose bytes are not all in the capture, because of a snap length. */
  cut: number;
}
