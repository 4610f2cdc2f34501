import { readdirSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Failure, UsageFailure } from '../../errors.ts';
import type { ControlReply, ControlRequest, ProxyStatus } from './protocol.ts';

/** Apart from the registry: in a virtual machine that is a directory of the host, where sockets cannot be. */
const DIRECTORY = '/run/pciem-proxy';

/** Path of the socket of the proxy that a process runs. */
export function controlPath(pid: number, directory: string = DIRECTORY): string {
  return join(directory, `${pid}.sock`);
}

/** A connection to a running proxy. */
export class ControlClient {
  readonly #socket: Socket;

  private constructor(socket: Socket, onReply: (reply: ControlReply) => void) {
    this.#socket = socket;
    createInterface({ input: socket }).on('line', (line) => onReply(JSON.parse(line) as ControlReply));
  }

  /** Rejects when nobody listens. */
  static connect(path: string, onReply: (reply: ControlReply) => void): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new ControlClient(socket, onReply)));
    });
  }

  send(request: ControlRequest): void {
    this.#socket.write(`${JSON.stringify(request)}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Asks one thing of a proxy. Throws a Failure with what it complains about. */
export async function ask(path: string, request: ControlRequest): Promise<ProxyStatus> {
  const reply = Promise.withResolvers<ControlReply>();
  const client = await ControlClient.connect(path, reply.resolve);
  try {
    client.send(request);
    const answer = await reply.promise;
    if (answer.type === 'status') return answer;
    throw new Failure(answer.type === 'error' ? answer.message : 'The proxy gave an answer to another question');
  } finally {
    client.close();
  }
}

/** The sockets of the proxies that run, with what they say of themselves. */
export async function runningProxies(directory: string = DIRECTORY): Promise<(ProxyStatus & { path: string })[]> {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => /^\d+\.sock$/.test(name));
  } catch {
    return [];
  }
  const asked = names.map(async (name) => {
    const path = join(directory, name);
    return { ...(await ask(path, { type: 'status' })), path };
  });
  const answers = await Promise.allSettled(asked);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** The proxy that is meant: the only one, or the one of a process. Throws a UsageFailure. */
export async function chooseProxy(pid: number | undefined): Promise<string> {
  const running = await runningProxies();
  const list = running.map((each) => `${each.name}, mode ${each.mode}: --pid ${each.pid}`);
  if (running.length === 0)
    throw new Failure('No proxy runs on this machine', ['Start one: pciem proxy --id 1234:5678']);
  const chosen = pid === undefined ? running : running.filter((each) => each.pid === pid);
  if (chosen.length === 1) return (chosen[0] as { path: string }).path;
  throw new UsageFailure(
    pid === undefined ? 'Several proxies run: say which' : `No proxy runs as process ${pid}`,
    list,
  );
}
