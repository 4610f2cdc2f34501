import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';

/** A registry of npm with a few packages, as far as installing needs one. */
export class Registry {
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #packages = new Map<string, { version: string; manifest: object; tarball: string }>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Registry> {
    const server = createServer();
    const registry = new Registry(server);
    server.on('request', ({ url = '' }, response) => {
      const path = decodeURIComponent(url).slice(1);
      registry.requests.push(path);
      const answer = registry.#answer(path);
      response.writeHead(answer === undefined ? 404 : 200);
      response.end(answer ?? '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Publishes a tarball that npm has packed from a directory. */
  publish(packageFile: string, tarball: string): void {
    const manifest = JSON.parse(readFileSync(packageFile, 'utf8')) as { name: string; version: string };
    this.#packages.set(manifest.name, { version: manifest.version, manifest, tarball });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(path: string): string | Buffer | undefined {
    const found = [...this.#packages].find(([name, { tarball }]) => path === name || path === `-/${basename(tarball)}`);
    if (found === undefined) return undefined;
    const [name, { version, manifest, tarball }] = found;
    if (path !== name) return readFileSync(tarball);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    const dist = { tarball: `${this.url}/-/${basename(tarball)}`, integrity };
    return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } });
  }
}
