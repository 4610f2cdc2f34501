import type { TableLimit } from './sections.ts';

/** What the command line asks of a topic. */
export interface TopicRequest extends TableLimit {
  /** Print JSON. */
  json: boolean;
  /** `registers`: as they were at this packet. */
  at?: number;
  /** `registers`: every access to the registers of this name. */
  follow?: string;
  /** `nvme`: every command. */
  commands: boolean;
}

/** One topic of `pciem analyze`. */
export interface Topic {
  summary: string;
  /** Analyses the file; writes lines while it does or returns text for the end. */
  run(file: string, request: TopicRequest, write: (text: string) => void): Promise<void>;
}

/** A topic that has one result: as JSON, or rendered. */
export function topic<Result>(
  summary: string,
  analyze: (file: string, request: TopicRequest) => Promise<Result>,
  render: (result: Result, request: TopicRequest) => string,
): Topic {
  return {
    summary,
    async run(file, request, write) {
      const result = await analyze(file, request);
      write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : render(result, request));
    },
  };
}
