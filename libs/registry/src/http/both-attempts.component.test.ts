import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';

// The first byte of a TLS handshake.
const HANDSHAKE = 0x16;

/** Cuts whoever speaks TLS, and says `answer` to the others; absent: nothing. */
async function plainServer(answer: string | undefined) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (first: Buffer) => {
      if (first[0] === HANDSHAKE || answer === undefined) socket.destroy();
      else socket.end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const REDIRECT = 'HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n';

describe('registry/http/endpoint, without TLS after TLS has failed', () => {
  it.each([
    ['is no HTTP', 'SMTP ready\r\n', 'RESPONSE_INVALID', /answer is not HTTP.*; by TLS: .*cut/],
    ['leads nowhere', REDIRECT, 'REDIRECT_REFUSED', /169\.254\.169\.254.*; by TLS: .*cut/],
    ['is a cut, too', undefined, 'NETWORK_FAILED', /^cannot reach [^;]*the connection was cut/],
  ] as const)('tells that what comes %s', async (_title, answer, code, message) => {
    await using server = await plainServer(answer);
    await using scenario = testRegistries();
    const check = scenario.connect(server).headManifest('app', '1.0');
    await expect(check).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
