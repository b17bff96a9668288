import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

// The first byte of a TLS handshake: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
const HANDSHAKE = 0x16;

/** Something that listens. */
interface Behind {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/** One port on which a server with TLS and one without it answer, as 443 and 80 do under one host name. */
export async function bothSchemes(secured: Behind, plain: Behind) {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    keep(socket);
    socket.once('data', (first: Buffer) => {
      const { host } = first[0] === HANDSHAKE ? secured : plain;
      const behind = connect(Number(host.split(':')[1]), '127.0.0.1');
      keep(behind);
      behind.write(first);
      socket.pipe(behind).pipe(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
