import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MEDIA_TYPES } from '@regfleet/model';

const sha256 = (content: string | Buffer): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

/**
 * A registry whose tags move: each POST of `/move` makes every tag name another image, with a manifest and a config blob of its
 * own. What is pushed is kept of the newest image of a tag alone, so that this process stays small, too.
 */
export class MovingRegistry {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #manifests = new Map<string, Buffer>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #tags = new Map<string, string>();
  #generation = 0;

  /** @returns host and port. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => this.#server.once('listening', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #move(tags: readonly string[]): void {
    this.#generation += 1;
    for (const map of [this.#manifests, this.#blobs, this.#tags]) map.clear();
    const layer = Buffer.from('a layer that all images share');
    this.#blobs.set(sha256(layer), layer);
    for (const tag of tags) {
      const config = Buffer.from(JSON.stringify({ os: 'linux', tag, generation: this.#generation }));
      this.#blobs.set(sha256(config), config);
      const descriptor = (mediaType: string, content: Buffer): object => ({
        mediaType,
        digest: sha256(content),
        size: content.length,
      });
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MEDIA_TYPES.ociManifest,
          config: descriptor('application/vnd.oci.image.config.v1+json', config),
          layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
        }),
      );
      this.#manifests.set(sha256(manifest), manifest);
      this.#tags.set(tag, sha256(manifest));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry.test');
    const [, kind = '', name = ''] = /\/(manifests|blobs)\/(?:uploads\/)?([^/]*)$/.exec(pathname) ?? [];
    if (pathname === '/move') {
      this.#move(searchParams.getAll('tag'));
      response.end();
    } else if (request.method === 'POST') {
      response.writeHead(202, { location: `${pathname.replace(/\/$/, '')}/session` }).end();
    } else if (request.method === 'PUT') {
      this.#put(kind, body, { name, digest: searchParams.get('digest') });
      response.writeHead(201, { 'docker-content-digest': sha256(body) }).end();
    } else if (request.method === 'PATCH') {
      response.writeHead(202, { location: pathname }).end();
    } else if (pathname === '/v2/') response.end('{}');
    else this.#read(kind, name, response);
  }

  #put(kind: string, body: Buffer, { name, digest }: { name: string; digest: string | null }): void {
    if (kind === 'blobs') this.#blobs.set(digest ?? '', Buffer.alloc(0));
    else {
      this.#manifests.delete(this.#tags.get(name) ?? '');
      this.#manifests.set(sha256(body), body);
      this.#tags.set(name, sha256(body));
    }
    // Of the blobs that were pushed only their presence matters.
    for (const oldest of this.#blobs.keys()) {
      if (this.#blobs.size <= 1_000) break;
      this.#blobs.delete(oldest);
    }
  }

  #read(kind: string, name: string, response: ServerResponse): void {
    const digest = this.#tags.get(name) ?? name;
    const content = (kind === 'manifests' ? this.#manifests : this.#blobs).get(digest);
    if (content === undefined) {
      response.writeHead(404).end('{"errors":[{"code":"UNKNOWN","message":"not there"}]}');
      return;
    }
    const mediaType = kind === 'manifests' ? MEDIA_TYPES.ociManifest : 'application/octet-stream';
    response.writeHead(200, {
      'content-type': mediaType,
      'content-length': content.length,
      'docker-content-digest': digest,
    });
    response.end(response.req.method === 'HEAD' ? undefined : content);
  }
}
