import { createInterface, type Interface } from 'node:readline';
import { ControlClient } from './client.ts';
import type { StoppedRead } from './protocol.ts';

const HELP = 'Enter: go on; a value: answer that; s N: skip N stops; q: quit';

/** What a person types at a stop. */
export type StepCommand =
  | { readonly type: 'continue'; readonly value?: number; readonly skip?: number }
  | { readonly type: 'quit' }
  | { readonly type: 'help' };

export function parseStepCommand(line: string): StepCommand {
  const text = line.trim().toLowerCase();
  if (text === '' || text === 'c') return { type: 'continue' };
  if (text === 'q') return { type: 'quit' };
  const skip = /^s\s*(\d+)$/.exec(text);
  if (skip) return { type: 'continue', skip: Number(skip[1]) };
  if (/^(0x[0-9a-f]+|\d+)$/.test(text)) return { type: 'continue', value: Number(text) };
  return { type: 'help' };
}

/** Shows the reads that a proxy has stopped at on the terminal, and takes the person's answers. */
export class StepPrompt {
  readonly #lines: Interface;
  readonly #quit: () => void;
  #client: ControlClient | undefined;
  #stopped: StoppedRead | undefined;

  constructor(input: NodeJS.ReadableStream, quit: () => void) {
    this.#quit = quit;
    this.#lines = createInterface({ input });
    this.#lines.on('line', (line) => this.#take(line));
  }

  /** Resolves when the proxy can be asked. */
  async connect(path: string): Promise<void> {
    this.#client = await ControlClient.connect(path, (reply) => {
      if (reply.type === 'stopped') this.#show(reply);
    });
    this.#client.send({ type: 'attach' });
  }

  /** Lets the driver go on: it could not be unplugged while it waits. */
  release(): void {
    this.#client?.send({ type: 'mode', mode: 'hook' });
  }

  close(): void {
    this.#lines.close();
    this.#client?.close();
  }

  #show(read: StoppedRead): void {
    this.#stopped = read;
    const { register, size, value, by } = read;
    const answer = value === undefined ? 'no data' : `0x${value.toString(16)}`;
    process.stderr.write(`stopped: R${size * 8} ${register}, ${by} says ${answer}> `);
  }

  #take(line: string): void {
    const command = parseStepCommand(line);
    const stopped = this.#stopped;
    if (command.type === 'quit') this.#quit();
    else if (!stopped) process.stderr.write('nothing is stopped\n');
    else if (command.type === 'help') process.stderr.write(`${HELP}> `);
    else {
      this.#stopped = undefined;
      this.#client?.send({ ...command, id: stopped.id });
    }
  }
}
