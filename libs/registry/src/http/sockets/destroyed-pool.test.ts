import { describe, expect, it } from 'vitest';
import { SocketPool } from './socket-pool.ts';

describe('registry/http/sockets/socket-pool, destroyed', () => {
  it('waits for nobody who is being connected to, tells who waited, and keeps no connection that stands later', async () => {
    const connecting = Promise.withResolvers<(error: null, socket: never) => void>();
    const pool = new SocketPool('http://registry.test', {
      connect: (_place, connected) => connecting.resolve(connected),
      connections: 1,
      isLending: false,
      bodyTimeout: 1_000,
      keepAliveTimeout: 1_000,
    });
    const failures: unknown[] = [];
    const nothing = (): void => undefined;
    pool.dispatch(
      { path: '/', method: 'GET', headers: {}, body: null, headersTimeout: 1_000 },
      {
        onRequestStart: nothing,
        onResponseStart: nothing,
        onResponseData: nothing,
        onResponseEnd: nothing,
        onResponseError: (_controller, error) => failures.push(error),
      },
    );
    const connected = await connecting.promise;
    await pool.destroy();
    expect(failures).toEqual([expect.objectContaining({ code: 'UND_ERR_DESTROYED' })]);
    let isDestroyed = false;
    const socket = { destroy: () => (isDestroyed = true) };
    connected(null, socket as never);
    expect(isDestroyed).toBe(true);
  });
});
