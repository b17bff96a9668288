import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Exchange, eventually, type ScriptedResponse, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { readAll, scriptedClient, testRegistries } from '../registries.fixture.ts';
import { blobOf } from './blob.fixture.ts';

const CONTENT = randomBytes(300_000);
const BLOB = blobOf(CONTENT);
const PATH = `/v2/team/app/blobs/${BLOB.digest}`;

const get = (response: Exchange['response'], range?: string): Exchange => ({
  method: 'GET',
  path: PATH,
  headers: { range },
  response,
});

const partial = (from: number, headers: Record<string, string> = {}): ScriptedResponse => ({
  status: 206,
  headers: { 'content-range': `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`, ...headers },
  body: CONTENT.subarray(from),
});

async function script(...exchanges: Exchange[]) {
  const scenario = await scriptedClient(...exchanges);
  const { client } = scenario;
  return { ...scenario, download: async () => readAll(await client.getBlob('team/app', BLOB)) };
}

describe('registry/blobs/download', () => {
  it('goes on where the connection was cut, as often as it takes', async () => {
    await using scenario = await script(
      get({ status: 200, body: CONTENT, cutAfterBytes: 100_000 }),
      get({ ...partial(100_000), cutAfterBytes: 50_000 }, 'bytes=100000-'),
      get(partial(150_000), 'bytes=150000-'),
    );
    expect((await scenario.download()).equals(CONTENT)).toBe(true);
  });

  it('skips what it has where the server knows no ranges', async () => {
    await using scenario = await script(
      get({ status: 200, body: CONTENT, cutAfterBytes: 100_000 }),
      get({ status: 200, body: CONTENT }, 'bytes=100000-'),
    );
    expect((await scenario.download()).equals(CONTENT)).toBe(true);
  });

  it.each([
    ['sends it', partial(100_000)],
    ['knows no ranges', { status: 200, body: CONTENT }],
  ])('begins where it is told to, where the server %s', async (_, response) => {
    await using scenario = await script(get(response, 'bytes=100000-'));
    const rest = await readAll(await scenario.client.getBlob('team/app', BLOB, { fromBytes: 100_000 }));
    expect(rest.equals(CONTENT.subarray(100_000))).toBe(true);
  });

  it('takes a stream without a length that ends early for cut', async () => {
    await using scenario = await script(
      get({ status: 200, body: chunks(CONTENT.subarray(0, 70_000)) }),
      get(partial(70_000), 'bytes=70000-'),
    );
    expect((await scenario.download()).equals(CONTENT)).toBe(true);
  });

  it('gives up when nothing more comes', async () => {
    const nothing = { ...partial(100_000), cutAfterBytes: 0 };
    await using scenario = await script(
      get({ status: 200, body: CONTENT, cutAfterBytes: 100_000 }),
      get(nothing, 'bytes=100000-'),
      get(nothing, 'bytes=100000-'),
      get(nothing, 'bytes=100000-'),
    );
    await expect(scenario.download()).rejects.toMatchObject({
      code: 'STREAM_TRUNCATED',
      registry: scenario.registry.host,
      reference: `${scenario.registry.host}/team/app@${BLOB.digest}`,
    });
  });

  it.each([
    ['a length that is not the manifest’s', get({ status: 200, body: CONTENT.subarray(1) })],
    ['more bytes than the manifest says', get({ status: 200, body: chunks(CONTENT, Buffer.alloc(10)) })],
  ])('refuses %s', async (_title, exchange) => {
    await using scenario = await script(exchange);
    await expect(scenario.download()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it.each([
    ['with its length', '<html>log in</html>'],
    ['without a length', chunks(Buffer.from('<html>log in</html>'))],
  ])('recognises a web page instead of a blob, %s', async (_title, body) => {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    await using scenario = await script(get({ status: 200, headers, body }));
    await expect(scenario.download()).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      hint: expect.stringContaining('login page'),
      reference: `${scenario.registry.host}/team/app@${BLOB.digest}`,
    });
  });

  it('takes a blob that is a web page', async () => {
    const page = Buffer.from('<html>a page</html>');
    const blob = { ...blobOf(page), mediaType: 'text/html' };
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: /blobs/,
        times: 2,
        response: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: chunks(page) }),
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect(registry);
    expect(await readAll(await client.getBlob('team/app', blob))).toEqual(page);
    const unnamed = { ...blob, mediaType: 'application/octet-stream' };
    await expect(client.getBlob('team/app', unnamed)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
  });

  it('names the store that answers 403 because it does not hold the blob', async () => {
    // As S3 does to those who may not list a bucket.
    const body = '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>';
    await using store = await scriptedRegistry([
      {
        method: 'GET',
        path: '/store?sig=1',
        headers: { authorization: undefined },
        response: { status: 403, headers: { 'content-type': 'application/xml' }, body },
      },
    ]);
    await using scenario = await script(
      get({ status: 307, headers: { location: `${store.url}/store?sig=1` } }),
    );
    await expect(scenario.download()).rejects.toMatchObject({
      code: 'DENIED',
      httpStatus: 403,
      registry: store.host,
      message: expect.stringContaining('AccessDenied'),
      reference: `${scenario.registry.host}/team/app@${BLOB.digest}`,
    });
  });

  it.each([
    ['from another place', { 'content-range': `bytes 0-${CONTENT.length - 1}/${CONTENT.length}` }],
    ['without saying from where', { 'content-range': 'bytes' }],
  ])('refuses a continuation %s', async (_title, headers) => {
    await using scenario = await script(
      get({ status: 200, body: CONTENT, cutAfterBytes: 100_000 }),
      get(partial(100_000, headers), 'bytes=100000-'),
    );
    await expect(scenario.download()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('stops the transfer when its reader leaves, before or after the first byte', async () => {
    let open = 0;
    const server = createServer((_request, response) => {
      open += 1;
      response.on('close', () => {
        open -= 1;
      });
      response.writeHead(200).write(CONTENT);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using scenario = testRegistries();
    const client = scenario.connect({ host: `127.0.0.1:${(server.address() as AddressInfo).port}` });
    const blob = { ...BLOB, sizeBytes: 1e12 };
    (await client.getBlob('team/app', blob)).close();
    const begun = await client.getBlob('team/app', blob);
    expect(await begun.read()).toBeDefined();
    begun.close();
    await eventually(() => open === 0, { what: 'both transfers stop' });
    expect(scenario.requests().filter((request) => request === 'GET 200')).toHaveLength(2);
    server.close();
  });

  it('ends with the reason of an abort', async () => {
    const never = Promise.withResolvers<never>();
    async function* stuck(): AsyncIterable<Uint8Array> {
      yield CONTENT.subarray(0, 10);
      await never.promise;
    }
    await using scenario = await script(get(() => ({ status: 200, body: stuck() })));
    const abort = new AbortController();
    const content = await scenario.client.getBlob('team/app', BLOB, { signal: abort.signal });
    expect(await content.read()).toHaveLength(10);
    abort.abort(new Error('shutting down'));
    await expect(readAll(content)).rejects.toThrow('shutting down');
    never.reject(new Error('the test is over'));
  });
});

async function* chunks(...parts: Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}
