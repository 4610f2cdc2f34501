import type { LogEntry } from './entry.ts';
import { Folder } from './folder.ts';
import { LineRenderer } from './render.ts';

/** Milliseconds after which polling that goes on is told of. */
const PATIENCE = 1000;

export interface LogFormat {
  /** One JSON object a line, each access by itself. */
  readonly json: boolean;
  readonly color: boolean;
}

/** Writes log entries as lines: folded text, or JSON. */
export class AccessLog {
  readonly #write: (text: string) => void;
  readonly #json: boolean;
  readonly #folder: Folder;
  #timer: NodeJS.Timeout | undefined;

  constructor({ json, color }: LogFormat, write: (text: string) => void) {
    this.#write = write;
    this.#json = json;
    const renderer = new LineRenderer(color);
    this.#folder = new Folder(
      (entry) => write(`${renderer.entry(entry)}\n`),
      (repetition) => write(`${renderer.repetition(repetition)}\n`),
    );
  }

  push(entry: LogEntry): void {
    if (this.#json) {
      this.#write(`${JSON.stringify(entry)}\n`);
      return;
    }
    this.#folder.push(entry);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#folder.flush();
    }, PATIENCE).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#folder.flush();
  }
}
