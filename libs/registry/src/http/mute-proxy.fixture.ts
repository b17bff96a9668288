import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A proxy that takes what is said to it, and answers what `speak` does. */
export async function startMuteProxy(speak: (socket: Socket) => void = () => undefined) {
  const sockets = new Set<Socket>();
  const asked = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .once('data', () => {
        asked.resolve();
        speak(socket);
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
