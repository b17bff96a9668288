import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { eventually, makeImage } from '@regfleet/harness';
import { afterEach, describe, expect, it } from 'vitest';
import { readAll, testRegistries } from '../registries.fixture.ts';
import { AddressPolicy, type ForeignUse } from './address-policy.ts';
import { ask, connectionSettings, connectionsOf } from './connections.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });
const [LAYER] = IMAGE.layers;
if (LAYER === undefined) throw new Error('the image has a layer');
const CONTENT = Buffer.from(LAYER.bytes());

const found = { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType };

describe('registry/http/connections', () => {
  const done: (() => void)[] = [];
  afterEach(() => {
    for (const stop of done.splice(0)) stop();
  });

  /** On all addresses of this machine. */
  async function serve(listener: RequestListener) {
    const open = new Set<Socket>();
    // Longer than the test waits; clients keep to it.
    const server = createServer({ keepAliveTimeout: 600_000 }, listener);
    server.on('connection', (socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
    done.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, open };
  }

  it('keeps no connections to all the hosts that a registry names, and cuts no transfer for it', async () => {
    const goOn = Promise.withResolvers<void>();
    const far = await serve(async (request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(200, found).end();
      response.writeHead(200).write(CONTENT.subarray(0, 1));
      await goOn.promise;
      response.end(CONTENT.subarray(1));
    });
    let named = 0;
    const near = await serve((request, response) => {
      named += 1;
      const location = `http://127.1.0.${named}:${far.port}${request.url}`;
      response.writeHead(307, { location }).end();
    });
    await using scenario = testRegistries();
    const client = scenario.connect({ host: `127.0.0.1:${near.port}` });
    const content = await client.getBlob('team/app', LAYER);
    for (let count = 0; count < 40; count += 1) await client.headManifest('team/app', '1.0');
    await eventually(() => far.open.size <= 20, { what: 'connections to most hosts are closed' });
    goOn.resolve();
    expect(await readAll(content)).toEqual(CONTENT);
  });

  it('keeps no pool for a host that was named minutes ago', async () => {
    const clock = { ms: 0 };
    await using connections = connectionsOf(connectionSettings({ now: () => clock.ms }));
    const visit = async (host: string): Promise<void> =>
      (await connections.to(new URL(`http://${host}/`), { isTransfer: true, foreign: 'redirect' })).leave();
    await visit('first.test');
    await visit('second.test');
    expect(connections.size).toBe(2);
    clock.ms += 5 * 60_000;
    await visit('third.test');
    expect(connections.size).toBe(1);
  });

  it('keeps nothing open once it is retired, and cuts nothing for it', async () => {
    const goOn = Promise.withResolvers<void>();
    const { port, open } = await serve(async (_request, response) => {
      response.write('first');
      await goOn.promise;
      response.end('last');
    });
    const url = new URL(`http://127.0.0.1:${port}/`);
    await using connections = connectionsOf(connectionSettings({ apiHost: url.host }));
    const read = async (): Promise<string> => {
      const { carrier, leave } = await connections.to(url, { isTransfer: false });
      const { text } = await ask(carrier, url);
      connections.retire();
      goOn.resolve();
      return await text().finally(leave);
    };
    expect([await read(), await read()]).toEqual(['firstlast', 'firstlast']);
    await eventually(() => open.size === 0, { what: 'connections are closed' });
    expect(connections.size).toBe(0);
  });

  it('keeps none of TLS settings that the config has left behind', async () => {
    const { port, open } = await serve((_request, response) => void response.end('{}'));
    await using scenario = testRegistries();
    for (let count = 0; count < 20; count += 1)
      await scenario.connect({ host: `127.0.0.1:${port}`, certsDir: `/does/not/exist/${count}` }).ping();
    await eventually(() => open.size <= 16, { what: 'connections of the first settings are closed' });
  });

  it('keeps every connection in use when more requests than there are connections were refused unsent', async () => {
    const { port } = await serve((_request, response) => void response.end());
    const url = new URL(`http://127.0.0.1:${port}/`);
    const maxConnections = 2;
    await using connections = connectionsOf(connectionSettings({ apiHost: url.host, maxConnections }));
    const { carrier, leave } = await connections.to(url, { isTransfer: false });
    for (let count = 0; count <= maxConnections; count += 1)
      await expect(ask(carrier, url, { authorization: 'Bearer \u0100' })).rejects.toMatchObject({
        code: 'UND_ERR_INVALID_ARG',
      });
    const { status, text } = await ask(carrier, url);
    await text();
    leave();
    expect(status).toBe(200);
  });

  it('teaches where the registry lives by where it was connected to', async () => {
    const near = await serve((_request, response) => void response.end());
    const registry = `registry.test:${near.port}`;
    const loopback = [{ address: '127.0.0.1', family: 4 }];
    const addressPolicy = new AddressPolicy(registry, (_hostname, _options, callback) =>
      callback(null, loopback),
    );
    await using connections = connectionsOf(
      connectionSettings({ registry, apiHost: registry, addressPolicy }),
    );
    const statusOf = async (url: URL, foreign?: ForeignUse): Promise<number> => {
      const { carrier, leave } = await connections.to(url, { isTransfer: false, foreign });
      const { status, text } = await ask(carrier, url).finally(leave);
      await text();
      return status;
    };
    const other = new URL(`http://other.test:${near.port}/`);
    await expect(statusOf(other, 'service')).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
    await statusOf(new URL(`http://${registry}/`));
    expect(await statusOf(other, 'service')).toBe(200);
  });
});
