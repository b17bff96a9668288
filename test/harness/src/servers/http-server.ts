import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificateAuthority } from '../registry/certificate-authority.ts';
import type { ClientTls } from '../registry/endpoint.ts';
import { type Resource, resource } from '../resource.ts';

export interface HttpServer extends Resource {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly url: string;
  /** What a client needs to trust it; absent without TLS. */
  readonly tls?: ClientTls | undefined;
  /** How many were accepted so far. */
  connections(): number;
}

/** An HTTP server in this process; `stop` cuts what is open. */
export async function startHttpServer(
  listener: RequestListener,
  options: { readonly tls?: boolean | undefined } = {},
): Promise<HttpServer> {
  const authority = options.tls ? await certificateAuthority() : undefined;
  const server = authority ? createTlsServer(authority.server, listener) : createServer(listener);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const release = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    host: `127.0.0.1:${port}`,
    url: `${authority ? 'https' : 'http'}://127.0.0.1:${port}`,
    connections: () => connections,
    tls: authority && { ca: authority.ca },
    ...resource(release),
  };
}
