import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { page } from './page.ts';
import type { Picture } from './picture.ts';

/** Only for this machine. */
const HOST = '127.0.0.1';

interface Log {
  (message: string): void;
  warn(message: string): void;
}

/** Shows the picture to browsers: a page at /, and the picture itself at /picture.png. */
export class LivePicture {
  readonly #server: Server;
  readonly #picture: Picture;

  constructor(port: number, picture: Picture, log: Log) {
    this.#picture = picture;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('error', (error) => log.warn(`no picture for browsers: ${error.message}`));
    this.#server.listen(port, HOST, () => {
      log(`the picture is at http://${HOST}:${(this.#server.address() as AddressInfo).port}/`);
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') response.writeHead(405).end();
    else if (path === '/') response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
    else if (path === '/picture.png') void this.#answerPicture(request, response);
    else response.writeHead(404).end();
  }

  async #answerPicture(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tag = `"${this.#picture.look()}"`;
    const state = { 'Cache-Control': 'no-store', Display: this.#picture.on ? 'on' : 'off' };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, state).end();
      return;
    }
    const png = await this.#picture.png();
    if (png === undefined) response.writeHead(204, state).end();
    else response.writeHead(200, { ...state, ETag: tag, 'Content-Type': 'image/png' }).end(png);
  }
}
