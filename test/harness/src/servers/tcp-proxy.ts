import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Resource, resource } from '../resource.ts';

export interface TcpProxy extends Resource {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Where connections lead that come from now on; those that are open stay where they are. */
  lead(host: string): void;
  /** Open connections fall silent in both directions for good, and so do those that come until `thaw`; none is closed. */
  freeze(): void;
  /** Connections that come from now on work. */
  thaw(): void;
}

/** A proxy of any protocol in front of a server that can be exchanged, or lost without a word. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isFrozen = false;
  let leadsTo = target;
  const silence = (pair: readonly [Socket, Socket]): void => {
    for (const socket of pair) socket.unpipe().pause();
  };
  // A client that gives up what is frozen is not to be told so from there either.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const [host = '', port = ''] = leadsTo.split(':');
    const upstream = connect({ host, port: Number(port) });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [upstream, client] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
    if (isFrozen) silence(pair);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const release = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    await closed;
  };
  return {
    host: `127.0.0.1:${port}`,
    lead: (host) => {
      leadsTo = host;
    },
    freeze: () => {
      isFrozen = true;
      for (const pair of pairs) silence(pair);
    },
    thaw: () => {
      isFrozen = false;
    },
    ...resource(release),
  };
}
