import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Port, ports } from './qemu.ts';

/** The host's ends of the guest's ports. */
export interface Channels {
  /** Tells the guest's init to send a signal to the command: the word is that of kill(1). */
  signal(name: 'INT' | 'TERM'): void;
  /** Tells the guest's init that everything has arrived, so that it may power off. */
  bye(): void;
  /** Keys for the command's terminal. */
  type(keys: Uint8Array): void;
  /** When output last arrived, in the time of `performance.now()`. */
  readonly lastOutput: number;
  close(): void;
}

/** What the guest says on its control port, see init.sh. */
export type GuestWord = 'boot' | 'start' | 'exit' | 'fail';

export interface ChannelHandlers {
  onWord(word: GuestWord, argument: string): void;
  /** Output of the command. */
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void;
}

/** Listens in `directory` on one socket for each port. */
export async function openChannels(directory: string, handlers: ChannelHandlers): Promise<Channels> {
  let control: Socket | undefined;
  let terminal: Socket | undefined;
  let lastOutput = 0;
  const servers = await Promise.all(
    ports.map((port) =>
      listen(directory, port, (socket) => {
        // The guest goes away without notice when it is killed.
        socket.on('error', () => socket.destroy());
        if (port === 'pciem.control') {
          control = socket;
          readWords(socket, handlers);
          return;
        }
        if (port === 'pciem.tty') terminal = socket;
        socket.on('data', (chunk: Buffer) => {
          lastOutput = performance.now();
          handlers.onOutput(port === 'pciem.err' ? 'stderr' : 'stdout', chunk);
        });
      }),
    ),
  );
  return {
    signal: (name) => control?.write(`signal ${name}\n`),
    bye: () => control?.write('bye\n'),
    type: (keys) => terminal?.write(keys),
    get lastOutput() {
      return lastOutput;
    },
    close: () => {
      control?.destroy();
      for (const server of servers) server.close();
    },
  };
}

function listen(directory: string, port: Port, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection);
    server.once('error', reject);
    server.listen(join(directory, port), () => resolve(server));
  });
}

function readWords(socket: Socket, handlers: ChannelHandlers): void {
  createInterface({ input: socket }).on('line', (line) => {
    const [word = '', ...rest] = line.split(' ');
    handlers.onWord(word as GuestWord, rest.join(' '));
  });
}
