import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../../errors.ts';
import type { ModelProxy } from '../core/proxy.ts';
import { MODES, type ModelSession } from '../core/source.ts';
import type { Hooks } from '../hooks.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { ControlReply, ControlRequest } from './protocol.ts';

export interface Controlled {
  readonly proxy: ModelProxy;
  readonly session: ModelSession;
  readonly hooks: Hooks;
  readonly breakpoints: Breakpoints;
  readonly name: string;
}

/** Lets other processes change a running proxy: a socket with one JSON object a line. */
export class ControlServer {
  readonly #server: Server;
  readonly #path: string;
  readonly #controlled: Controlled;
  readonly #attached = new Set<Socket>();
  readonly #clients = new Set<Socket>();

  /** A socket that cannot be made is told of, and the proxy works without it. */
  constructor(path: string, controlled: Controlled) {
    this.#path = path;
    this.#controlled = controlled;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    rmSync(path, { force: true });
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.on('error', (error) => controlled.session.log.warn(`cannot be controlled: ${error.message}`));
    this.#server.listen(path);
    controlled.breakpoints.onStop = (read) => this.#tell({ type: 'stopped', ...read });
  }

  close(): void {
    this.#controlled.breakpoints.release();
    for (const socket of this.#clients) socket.destroy();
    this.#server.close();
    rmSync(this.#path, { force: true });
  }

  #serve(socket: Socket): void {
    this.#clients.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#clients.delete(socket);
      this.#attached.delete(socket);
    });
    createInterface({ input: socket }).on('line', (line) => {
      const reply = (message: ControlReply) => socket.write(`${JSON.stringify(message)}\n`);
      this.#handle(line, socket, reply).catch((error: unknown) => reply({ type: 'error', message: messageOf(error) }));
    });
  }

  async #handle(line: string, socket: Socket, reply: (message: ControlReply) => void): Promise<void> {
    const request = JSON.parse(line) as ControlRequest;
    const { proxy, session, hooks, breakpoints } = this.#controlled;
    switch (request.type) {
      case 'mode':
        if (!MODES.includes(request.mode)) throw new Error(`mode ${request.mode} is not one of ${MODES.join(', ')}`);
        proxy.mode = request.mode;
        if (request.mode !== 'step') breakpoints.release();
        session.log(`mode ${request.mode}`);
        break;
      case 'reload': {
        const complaint = await hooks.reload(proxy, session);
        if (complaint !== undefined) throw new Error(complaint);
        break;
      }
      case 'attach':
        this.#attached.add(socket);
        if (breakpoints.current) reply({ type: 'stopped', ...breakpoints.current });
        return;
      case 'continue':
        if (!breakpoints.resume(request.id, request.value, request.skip))
          throw new Error('that read has been answered');
        return;
      case 'status':
        break;
      default:
        throw new Error('unknown request');
    }
    reply({ type: 'status', name: this.#controlled.name, mode: proxy.mode, pid: process.pid });
  }

  #tell(message: ControlReply): void {
    for (const socket of this.#attached) socket.write(`${JSON.stringify(message)}\n`);
  }
}
