import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SentRequest } from '../carrier.ts';
import { Exchange } from '../exchange.ts';
import { sharedReadsConnector } from '../socket-reads.ts';
import { SocketPool, type SocketPoolOptions } from './socket-pool.ts';

/** One request as it came, and the connection that it came by. */
interface Heard {
  readonly socket: Socket;
  /** From 1, in the order in which they were opened. */
  readonly connection: number;
  /** From 1, of this connection. */
  readonly turn: number;
  readonly path: string;
}

/** Says to each request what it is told to. Requests with a body are not waited for. */
async function server(speak: (heard: Heard) => void) {
  const paths: string[] = [];
  const sockets: Socket[] = [];
  const listening = createServer((socket) => {
    const connection = sockets.push(socket);
    let turns = 0;
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        const [, path] = /^[A-Z]+ (\S+) HTTP/.exec(bytes.toString('latin1')) ?? [];
        if (path === undefined) return;
        paths.push(path);
        turns += 1;
        speak({ socket, connection, turn: turns, path });
      });
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${port}`,
    paths,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listening.close();
      await once(listening, 'close');
    },
  };
}

const poolOf = (origin: string, options: Partial<SocketPoolOptions> = {}) => {
  const pool = new SocketPool(origin, {
    connect: sharedReadsConnector({ timeout: 5_000, host: '127.0.0.1', port: 0 }),
    connections: null,
    isLending: false,
    bodyTimeout: 5_000,
    keepAliveTimeout: 5_000,
    ...options,
  });
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.destroy() });
};

const nothing = (): void => undefined;

function send(pool: SocketPool, request: Partial<SentRequest> = {}) {
  const { method = 'GET' } = request;
  const exchange = new Exchange({ method, signal: undefined, onInterim: nothing, onEnd: nothing });
  pool.dispatch({ path: '/', method, headers: {}, body: null, headersTimeout: 5_000, ...request }, exchange);
  // Of those that end before they are looked at.
  exchange.head.catch(nothing);
  return exchange;
}

/** @param pause - between two pieces. */
async function textOf({ head }: Exchange, pause: () => Promise<void> = async () => undefined) {
  const { status, body } = await head;
  let text = '';
  for (let piece = await body?.read(); piece !== undefined; piece = await body?.read()) {
    // What is lent is given back with the next read.
    text += piece.toString('latin1');
    await pause();
  }
  return `${status} ${text}`;
}

const saying = (text: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

const echo = ({ socket, path }: Heard): void => void socket.write(saying(path));

describe('registry/http/sockets/socket-pool', () => {
  it.each(['GET', 'PUT', 'DELETE'])(
    'sends %s once more where the connection that was kept ends, and nobody notices',
    async (method) => {
      await using there = await server((heard) => {
        if (heard.connection === 1 && heard.turn === 2) heard.socket.destroy();
        else echo(heard);
      });
      await using pool = poolOf(there.origin);
      expect(await textOf(send(pool, { path: '/one' }))).toBe('200 /one');
      expect(await textOf(send(pool, { path: '/two', method, body: 'x' }))).toBe('200 /two');
      expect(there.paths).toEqual(['/one', '/two', '/two']);
    },
  );

  it('sends nothing twice that may not be, and nothing a third time', async () => {
    await using there = await server((heard) => {
      if (heard.turn === 2 || heard.connection === 3) heard.socket.destroy();
      else echo(heard);
    });
    await using pool = poolOf(there.origin);
    await textOf(send(pool));
    await expect(send(pool, { method: 'POST' }).head).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    await textOf(send(pool));
    await expect(send(pool).head).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    expect(there.sockets).toHaveLength(3);
  });

  it('takes nothing for an answer that came before it was asked for', async () => {
    await using there = await server((heard) => {
      if (heard.connection === 1) heard.socket.write(`${saying('mine')}${saying('not mine')}`);
      else echo(heard);
    });
    await using pool = poolOf(there.origin);
    expect(await textOf(send(pool))).toBe('200 mine');
    expect(await textOf(send(pool, { path: '/next' }))).toBe('200 /next');
    expect(there.sockets).toHaveLength(2);
  });

  it('stops sending what is refused, and uses that connection for nothing else', async () => {
    await using there = await server((heard) => {
      if (heard.path === '/refused') heard.socket.write('HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n');
      else echo(heard);
    });
    await using pool = poolOf(there.origin);
    const endless = new Readable({ read: () => undefined });
    endless.push(Buffer.alloc(1_000));
    const headers = { 'content-length': '1000000' };
    const refused = send(pool, { path: '/refused', method: 'PUT', headers, body: endless });
    expect(await textOf(refused)).toBe('413 ');
    expect(endless.destroyed).toBe(true);
    expect(await textOf(send(pool, { path: '/next' }))).toBe('200 /next');
    expect(there.sockets).toHaveLength(2);
  });

  it.each([
    ['fewer', Buffer.alloc(5)],
    ['more', Buffer.alloc(20)],
  ])('sends no body of %s bytes than it says', async (_title, content) => {
    await using there = await server(nothing);
    await using pool = poolOf(there.origin);
    const headers = { 'content-length': '10' };
    const sent = send(pool, { method: 'PUT', headers, body: Readable.from([content]) });
    await expect(sent.head).rejects.toMatchObject({ code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' });
  });

  it('sends no stream whose length it does not know', async () => {
    await using there = await server(nothing);
    await using pool = poolOf(there.origin);
    expect(() => send(pool, { method: 'PUT', body: Readable.from(['x']) })).toThrow(
      expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }),
    );
  });

  it('does not send again what was announced an answer', async () => {
    await using there = await server((heard) => {
      if (heard.turn === 1) echo(heard);
      else heard.socket.end('HTTP/1.1 103 Early Hints\r\n\r\n');
    });
    await using pool = poolOf(there.origin);
    await textOf(send(pool));
    await expect(send(pool).head).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    expect(there.sockets).toHaveLength(1);
  });

  it.each([1, 2])(
    'has no more connections than %d, and keeps the order where it can',
    async (connections) => {
      await using there = await server(echo);
      await using pool = poolOf(there.origin, { connections });
      const paths = ['/0', '/1', '/2', '/3', '/4'];
      const texts = await Promise.all(paths.map((path) => textOf(send(pool, { path }))));
      expect(texts).toEqual(paths.map((path) => `200 ${path}`));
      expect(connections === 1 ? there.paths : there.paths.toSorted()).toEqual(paths);
      expect(there.sockets).toHaveLength(connections);
    },
  );

  it('sends nothing that was ended while it waited, by a connection that goes on', async () => {
    const held = Promise.withResolvers<Heard>();
    await using there = await server((heard) => {
      if (heard.path === '/held') held.resolve(heard);
      else echo(heard);
    });
    await using pool = poolOf(there.origin, { connections: 1 });
    const first = send(pool, { path: '/held' });
    const ended = send(pool, { path: '/ended' });
    const last = send(pool, { path: '/last' });
    ended.abort(new Error('enough'));
    echo(await held.promise);
    expect([await textOf(first), await textOf(last)]).toEqual(['200 /held', '200 /last']);
    await expect(ended.head).rejects.toThrow('enough');
    expect(there.paths).toEqual(['/held', '/last']);
    expect(there.sockets).toHaveLength(1);
  });

  it('lets what is under way end when it is closed, and takes nothing more', async () => {
    const held = Promise.withResolvers<Heard>();
    await using there = await server((heard) => {
      if (heard.path === '/held') held.resolve(heard);
      else echo(heard);
    });
    const pool = poolOf(there.origin, { connections: 1 });
    const sent = send(pool, { path: '/held' });
    const waiting = send(pool, { path: '/waiting' });
    const heard = await held.promise;
    const closed = pool.close();
    expect(() => send(pool)).toThrow(expect.objectContaining({ code: 'UND_ERR_CLOSED' }));
    echo(heard);
    expect([await textOf(sent), await textOf(waiting)]).toEqual(['200 /held', '200 /waiting']);
    await closed;
    if (!heard.socket.closed) await once(heard.socket, 'close');
    expect(there.sockets).toHaveLength(1);
  });

  it('keeps no connection longer than its server says', async () => {
    await using there = await server(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 0\r\n\r\n');
    });
    await using pool = poolOf(there.origin);
    await textOf(send(pool));
    await textOf(send(pool));
    expect(there.sockets).toHaveLength(2);
  });

  it('gives up an answer that is late, and a body that falls silent', async () => {
    await using there = await server(({ socket, path }) => {
      if (path === '/silent') socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc');
    });
    await using pool = poolOf(there.origin, { bodyTimeout: 30 });
    const late = send(pool, { path: '/late', headersTimeout: 30 });
    await expect(late.head).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
    await expect(textOf(send(pool, { path: '/silent' }))).rejects.toMatchObject({
      code: 'UND_ERR_BODY_TIMEOUT',
    });
  });

  it('takes what ends with its connection, and what ends too early for cut', async () => {
    await using there = await server(({ socket, path }) => {
      const length = path === '/cut' ? 'content-length: 9\r\n' : '';
      socket.end(`HTTP/1.1 200 OK\r\n${length}\r\nabc`);
    });
    await using pool = poolOf(there.origin);
    expect(await textOf(send(pool))).toBe('200 abc');
    await expect(textOf(send(pool, { path: '/cut' }))).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });

  it.each([true, false])(
    'loses nothing of many chunks that are read slowly (lending: %s)',
    async (isLending) => {
      const content = Array.from({ length: 3_000 }, (_, index) => `${index}`.padStart(200, '.'));
      const chunks = content.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`);
      await using there = await server(({ socket }) => {
        socket.write(
          `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\nx: y\r\n\r\n`,
        );
      });
      await using pool = poolOf(there.origin, { isLending });
      for (let round = 0; round < 2; round += 1)
        expect(await textOf(send(pool), () => turn())).toBe(`200 ${content.join('')}`);
      expect(there.sockets).toHaveLength(1);
    },
  );

  it('mixes up no bodies that are read at once', async () => {
    await using there = await server(({ socket, path }) => {
      socket.write(saying(path.repeat(100_000)));
    });
    await using pool = poolOf(there.origin, { isLending: true });
    const paths = ['/a', '/b', '/c', '/d'];
    const texts = await Promise.all(paths.map((path) => textOf(send(pool, { path }), () => turn())));
    expect(texts).toEqual(paths.map((path) => `200 ${path.repeat(100_000)}`));
  });
});
