import type { ReadStream, WriteStream } from 'node:tty';
import type { Channels } from './channels.ts';

/** The terminal that the user sits at. */
export interface Terminal {
  input: ReadStream;
  output: WriteStream;
}

/** Ctrl-], as in telnet(1): for a guest that does not listen any more. */
const killKey = 0x1d;

/** Sends every key to the guest, Ctrl-C too: its terminal knows what to do with it. Returns how to stop that. */
export function connectTerminal({ input }: Terminal, channels: Channels, kill: () => void): () => void {
  const type = (keys: Buffer) => {
    if (keys.includes(killKey)) kill();
    else channels.type(keys);
  };
  input.setRawMode(true);
  input.on('data', type);
  input.resume();
  return () => {
    input.off('data', type);
    input.pause();
    input.setRawMode(false);
  };
}

/** Size of the terminal, as arguments of stty(1). */
export function sizeOf({ output }: Terminal): string {
  return `rows ${output.rows} cols ${output.columns}`;
}
