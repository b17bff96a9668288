import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Resource, resource } from '../resource.ts';

export interface ConnectProxy extends Resource {
  /** For `HTTPS_PROXY`. */
  readonly url: string;
}

export interface ConnectProxyOptions {
  /** An address of loopback of its own, by which servers see its clients; absent: that of everybody. */
  readonly localAddress?: string;
}

/**
 * A forward proxy that leads names which this machine must not look up to servers on loopback; other names it refuses.
 *
 * @param routes - `127.0.0.1:PORT` by host name; `*` stands for every other one.
 */
export async function startConnectProxy(
  routes: Readonly<Record<string, string>>,
  { localAddress }: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    const target = routes[(request.url ?? '').replace(/:443$/, '')] ?? routes['*'];
    if (target === undefined) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = target.split(':');
    const place = { host, port: Number(port), ...(localAddress !== undefined && { localAddress }) };
    const upstream = connect(place, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, ...resource(release) };
}
