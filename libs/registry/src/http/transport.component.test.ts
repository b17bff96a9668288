import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Exchange, freePort, makeImage, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { readAll, testRegistries } from '../registries.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });
const [LAYER] = IMAGE.layers;
if (LAYER === undefined) throw new Error('the image has a layer');
const CONTENT = Buffer.from(LAYER.bytes());

const BLOB_PATH = `/v2/team/app/blobs/${LAYER.digest}`;
const BASIC = { 'www-authenticate': 'Basic realm="x"' };
const USER = { username: 'robot', password: 'hunter2' };

const found = {
  status: 200,
  headers: { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType },
};
const head = (response: Exchange['response'], times: Exchange['times'] = 1): Exchange => ({
  method: 'HEAD',
  path: /manifests/,
  times,
  response,
});

describe('registry/http/transport', () => {
  it('follows a download to another server without credentials', async () => {
    await using store = await scriptedRegistry([
      {
        method: 'GET',
        path: '/store',
        headers: { authorization: undefined },
        response: { status: 200, body: CONTENT },
      },
    ]);
    const authorization = `Basic ${Buffer.from('robot:hunter2').toString('base64')}`;
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: BLOB_PATH,
        headers: { authorization: undefined },
        response: { status: 401, headers: BASIC },
      },
      {
        method: 'GET',
        path: BLOB_PATH,
        headers: { authorization },
        response: { status: 307, headers: { location: `${store.url}/store?sig=1` } },
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(await readAll(await client.getBlob('team/app', LAYER))).toEqual(CONTENT);
  });

  it('gives no credentials to a server that it was redirected to, also when that asks for them', async () => {
    await using store = await scriptedRegistry([
      {
        method: 'GET',
        path: '/store',
        headers: { authorization: undefined },
        response: { status: 401, headers: BASIC },
      },
    ]);
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: BLOB_PATH,
        response: { status: 307, headers: { location: `${store.url}/store` } },
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await expect(client.getBlob('team/app', LAYER)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      registry: store.host,
    });
  });

  it.each([
    ['in circles', () => '/v2/team/app/manifests/1.0', 11],
    ['to a link-local address', () => 'http://169.254.169.254/latest/meta-data', 1],
    ['to what is no web address', () => 'file:///etc/passwd', 1],
  ])('refuses redirects %s', async (_title, location, times) => {
    await using registry = await scriptedRegistry([
      head(() => ({ status: 302, headers: { location: location() } }), times),
    ]);
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).headManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
      reference: `${registry.host}/team/app:1.0`,
    });
  });

  it('names the host that it was redirected to and cannot reach, and the registry as whose it is', async () => {
    const store = `127.0.0.1:${await freePort()}`;
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: BLOB_PATH,
        times: 3,
        response: { status: 307, headers: { location: `http://${store}/store` } },
      },
    ]);
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).getBlob('team/app', LAYER)).rejects.toMatchObject({
      code: 'NETWORK_FAILED',
      message: `cannot reach ${store}, to which ${registry.host} redirects: connection refused (ECONNREFUSED)`,
      registry: registry.host,
    });
  });

  it('follows no redirects for ever that each take a while', async () => {
    let asked = 0;
    await using registry = await scriptedRegistry([
      head(async () => {
        asked += 1;
        await pause(30);
        return { status: 302, headers: { location: `/v2/team/app/manifests/${asked}` } };
      }, 'any'),
    ]);
    await using scenario = testRegistries({ timeouts: { answerMs: 60 } });
    await expect(scenario.connect(registry).headManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'TOO_SLOW',
      registry: registry.host,
      reference: `${registry.host}/team/app:1.0`,
    });
  });

  it('follows many redirects once, whatever they end in', async () => {
    let asked = 0;
    await using registry = await scriptedRegistry([
      head(() => {
        asked += 1;
        if (asked > 10) return { status: 503 };
        return { status: 302, headers: { location: `/v2/team/app/manifests/${asked}` } };
      }, 11),
      { ...head({ status: 503 }), method: 'GET' },
    ]);
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).headManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'SERVER_FAILED',
    });
  });

  it('repeats what failed for a moment', async () => {
    await using registry = await scriptedRegistry([
      { ...head({ status: 503 }), nextState: 'cut' },
      {
        ...head({ ...found, body: IMAGE.bytes, cutAfterBytes: 9 }),
        method: 'GET',
        inState: 'cut',
        nextState: 'well',
      },
      head(found),
      { method: 'GET', path: /manifests/, inState: 'well', response: { ...found, body: IMAGE.bytes } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
    expect(await client.getManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('gives up after three failures, and at once where a repetition is no use', async () => {
    await using registry = await scriptedRegistry([
      { method: 'HEAD', path: /bad/, times: 3, response: { status: 502 } },
      { method: 'GET', path: /bad/, response: { status: 502 } },
      { method: 'HEAD', path: /denied/, response: { status: 403 } },
      { method: 'GET', path: /denied/, response: { status: 403 } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    await expect(client.headManifest('team/app', 'denied')).rejects.toMatchObject({ code: 'DENIED' });
    await expect(client.headManifest('team/app', 'bad')).rejects.toMatchObject({
      code: 'SERVER_FAILED',
      httpStatus: 502,
    });
  });

  it('waits out a short rate limit once and reports a longer one', async () => {
    await using registry = await scriptedRegistry([
      { ...head({ status: 429, headers: { 'retry-after': '1' } }), path: /short/ },
      { ...head(found), path: /short/ },
      { ...head({ status: 429, headers: { 'retry-after': '1' } }, 2), path: /lasting/ },
      { ...head({ status: 429, headers: { 'retry-after': '90' } }), path: /long/ },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    const check = (tag: string) => client.headManifest('team/app', tag);
    expect(await check('short')).toMatchObject({ digest: IMAGE.digest });
    await expect(check('lasting')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1000 });
    await expect(check('long')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 90_000 });
  });

  it('notices silence before an answer and inside one', async () => {
    const never = Promise.withResolvers<never>();
    async function* stuck(): AsyncIterable<Uint8Array> {
      yield CONTENT.subarray(0, 5);
      await never.promise;
    }
    await using registry = await scriptedRegistry([
      { ...head(() => never.promise, 2), path: /manifests/ },
      { method: 'GET', path: BLOB_PATH, times: 'any', response: () => ({ status: 200, body: stuck() }) },
    ]);
    await using scenario = testRegistries({ timeouts: { headersMs: 200, silenceMs: 200 } });
    const client = scenario.connect(registry);
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'TIMED_OUT' });
    const content = await client.getBlob('team/app', LAYER);
    await expect(readAll(content)).rejects.toMatchObject({ code: 'TIMED_OUT' });
    never.reject(new Error('the test is over'));
  });

  it('ends at once with the reason of an abort', async () => {
    const asked = Promise.withResolvers<void>();
    const never = Promise.withResolvers<never>();
    await using registry = await scriptedRegistry([
      head(() => {
        asked.resolve();
        return never.promise;
      }),
    ]);
    await using scenario = testRegistries();
    const abort = new AbortController();
    const check = scenario.connect(registry).headManifest('team/app', '1.0', { signal: abort.signal });
    await asked.promise;
    abort.abort(new Error('shutting down'));
    await expect(check).rejects.toThrow('shutting down');
    never.reject(new Error('the test is over'));
  });

  it('loses no connection to answers that it does not read', async () => {
    const page = {
      status: 404,
      headers: { 'content-type': 'text/html' },
      body: `<html>${'x'.repeat(300_000)}`,
    };
    await using registry = await scriptedRegistry([
      { method: 'GET', path: /manifests\/none/, times: 12, response: page },
      {
        method: 'GET',
        path: /manifests\/moved/,
        times: 12,
        response: { ...page, status: 302, headers: { location: 'ftp://r.example.com/' } },
      },
      { method: 'GET', path: BLOB_PATH, times: 12, response: { status: 200, body: CONTENT } },
      head(found),
    ]);
    await using scenario = testRegistries();
    // Four connections at once.
    const client = scenario.connect(registry, { concurrency: { source: 1 } });
    for (let round = 0; round < 12; round += 1) {
      await expect(client.getManifest('team/app', 'none')).rejects.toMatchObject({
        code: 'RESPONSE_INVALID',
      });
      await expect(client.getManifest('team/app', 'moved')).rejects.toMatchObject({
        code: 'REDIRECT_REFUSED',
      });
      (await client.getBlob('team/app', LAYER)).close();
    }
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('keeps connections, also after HEAD, and no more of them than the limit allows', async () => {
    let connections = 0;
    const server = createServer((_request, response) => {
      response.writeHead(200, { ...found.headers, 'content-length': '2' }).end();
    });
    server.on('connection', () => {
      connections += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await using scenario = testRegistries();
    const client = scenario.connect({ host: `127.0.0.1:${port}` }, { concurrency: { source: 1 } });
    await client.headManifest('team/app', '1.0');
    const before = connections;
    await Promise.all(Array.from({ length: 40 }, () => client.headManifest('team/app', '1.0')));
    expect(connections - before).toBeLessThanOrEqual(4);
    server.closeAllConnections();
    server.close();
  });
});
