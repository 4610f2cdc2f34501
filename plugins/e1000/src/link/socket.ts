import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from './framing.ts';
import type { Link } from './link.ts';

/** Milliseconds between two attempts to connect. */
const RETRY = 200;
/** Bytes that wait to be sent, from which on frames are dropped as a switch would. */
const MAX_QUEUE = 4 * 1024 * 1024;

type Warn = (message: string) => void;

/** A cable to another card, or to QEMU, by way of a UNIX socket: the link is up while the other side is there. */
export class SocketLink implements Link {
  readonly #path: string;
  readonly #warn: Warn;
  readonly #server: Server | undefined;
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #receive: (frame: Uint8Array) => void = () => {};
  #changed: (up: boolean) => void = () => {};

  constructor(path: string, listens: boolean, warn: Warn) {
    this.#path = path;
    this.#warn = warn;
    if (listens) this.#server = createServer((socket) => this.#use(socket));
  }

  attach(receive: (frame: Uint8Array) => void, changed: (up: boolean) => void): void {
    this.#receive = receive;
    this.#changed = changed;
    if (!this.#server) {
      this.#connect();
      return;
    }
    this.#server.on('error', (error) => this.#warn(`cannot listen at ${this.#path}: ${error.message}`));
    this.#server.listen(this.#path);
  }

  send(frame: Uint8Array): void {
    if (this.#socket && this.#socket.writableLength < MAX_QUEUE) this.#socket.write(encodeFrame(frame));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket?.destroy();
    if (!this.#server?.listening) return;
    this.#server.close();
    rmSync(this.#path, { force: true });
  }

  #connect(): void {
    const socket = createConnection(this.#path);
    socket.on('connect', () => this.#use(socket));
    // Nobody listens yet, or no longer: the cable is not plugged.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!this.#closed) this.#retry = setTimeout(() => this.#connect(), RETRY);
    });
  }

  #use(socket: Socket): void {
    if (this.#socket) {
      this.#warn(`${this.#path} has another side already: a second one was turned away`);
      socket.destroy();
      return;
    }
    const decoder = new FrameDecoder();
    this.#socket = socket;
    socket.on('data', (chunk) => {
      try {
        decoder.push(chunk, this.#receive);
      } catch (error) {
        this.#warn(`${this.#path}: ${(error as Error).message}`);
        socket.destroy();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      if (!this.#closed) this.#changed(false);
    });
    this.#changed(true);
  }
}
