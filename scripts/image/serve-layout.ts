import { once } from 'node:events';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Descriptor } from './oci-layout.ts';
import { blobFile } from './read-layout.ts';

const WHAT = /^\/v2\/regfleet\/(manifests|blobs)\/([^/]+)$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** An image of an OCI layout as a registry would give it. */
export interface ServedLayout extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/** Serves a layout to this machine alone, to be read: its image as `regfleet:TAG`, plain HTTP. */
export async function serveLayout(
  folder: string,
  { image, tag }: { image: Descriptor; tag: string },
): Promise<ServedLayout> {
  const server = createServer((request, response) => {
    if (request.url === '/v2/') return void response.end('{}');
    const [, kind, name = ''] = WHAT.exec(request.url ?? '') ?? [];
    const digest = kind === 'manifests' && name === tag ? image.digest : name;
    const sizeBytes = DIGEST.test(digest) ? sizeOf(blobFile(folder, digest)) : undefined;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (kind === undefined || sizeBytes === undefined || !isRead) return void response.writeHead(404).end();
    response.setHeader('docker-content-digest', digest);
    response.setHeader('content-length', sizeBytes);
    send(request, response, blobFile(folder, digest), kind === 'manifests');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, file: string, isManifest: boolean): void {
  const type = isManifest
    ? (JSON.parse(readFileSync(file, 'utf8')) as { mediaType: string }).mediaType
    : 'application/octet-stream';
  response.setHeader('content-type', type);
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
}

const sizeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size;
