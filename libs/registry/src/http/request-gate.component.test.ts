import { makeImage, scriptedRegistry } from '@regfleet/harness';
import { DEFAULT_PEER_LIMITS, parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { blobOf, streamOf } from '../blobs/blob.fixture.ts';
import { readAll, testRegistries } from '../registries.fixture.ts';

const CONTENT = Buffer.from('content');
const BLOB = {
  digest: parseDigest('sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73'),
  mediaType: 'application/octet-stream',
  sizeBytes: CONTENT.length,
};
const IMAGE = makeImage({ layers: ['one'] });
const FOUND = {
  status: 200,
  headers: { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType },
};
const PATH = `/v2/team/app/blobs/${BLOB.digest}`;

describe('registry/http/request-gate', () => {
  it('is asked before each request, those that are repeated or redirected included', async () => {
    await using store = await scriptedRegistry([
      { method: 'GET', path: '/store', response: { status: 200, body: CONTENT } },
    ]);
    await using registry = await scriptedRegistry([
      { method: 'GET', path: PATH, response: { status: 503 } },
      { method: 'GET', path: PATH, response: { status: 307, headers: { location: `${store.url}/store` } } },
    ]);
    const asked: string[] = [];
    await using scenario = testRegistries({
      requestGate: {
        pass: ({ registry: host }) => {
          asked.push(host);
          return undefined;
        },
      },
    });
    expect(await readAll(await scenario.connect(registry).getBlob('team/app', BLOB))).toEqual(CONTENT);
    expect(asked).toHaveLength(scenario.requests().length);
    expect(asked.slice(-3)).toEqual([registry.host, registry.host, store.host]);
  });

  it('is waited for, and sends nothing for a signal that it finds aborted', async () => {
    await using registry = await scriptedRegistry([]);
    const copy = new AbortController();
    const reason = new Error('the permit is lost');
    await using scenario = testRegistries({
      requestGate: {
        pass: async (_request, signal) => {
          copy.abort(reason);
          signal?.throwIfAborted();
        },
      },
    });
    const asking = scenario.connect(registry).headManifest('team/app', '1.0', { signal: copy.signal });
    await expect(asking).rejects.toBe(reason);
    expect(scenario.requests()).toEqual([]);
  });

  it('is told whose login a request shows, and of how long an answer asks to be left alone', async () => {
    await using registry = await scriptedRegistry([
      {
        method: 'HEAD',
        path: /manifests/,
        response: { status: 401, headers: { 'www-authenticate': 'Basic realm="test"' } },
      },
      { method: 'HEAD', path: /manifests/, response: { status: 429, headers: { 'retry-after': '60' } } },
    ]);
    const told: unknown[] = [];
    await using scenario = testRegistries({
      requestGate: {
        pass: () => undefined,
        answered: ({ registry: host, account }, answer) => void told.push({ host, account, ...answer }),
      },
    });
    const place = { host: registry.host, credentials: { username: 'ann', password: 'secret' } };
    const asking = scenario.connect(place).headManifest('team/app', '1.0');
    await expect(asking).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 60_000 });
    const { host } = registry;
    expect(told.slice(-2)).toEqual([
      { host, account: undefined, status: 401, retryAfterMs: undefined, allowance: undefined },
      { host, account: 'ann', status: 429, retryAfterMs: 60_000, allowance: undefined },
    ]);
  });

  it('spends no patience with a registry while it waits', async () => {
    await using registry = await scriptedRegistry([{ method: 'HEAD', path: /manifests/, response: FOUND }]);
    await using scenario = testRegistries({
      timeouts: { headersMs: 150, queueMs: 1, connectMs: 150, answerMs: 100 },
      requestGate: { pass: () => new Promise((resolve) => setTimeout(resolve, 500)) },
    });
    expect(await scenario.connect(registry).headManifest('team/app', '1.0')).toBeDefined();
  });

  it('is asked before each piece of a blob that is read or sent, and what it holds back is no slowness of the registry', async () => {
    const content = Buffer.alloc(256 * 1024, 7);
    const blob = blobOf(content);
    const upload = '/v2/team/app/blobs/uploads/1';
    await using registry = await scriptedRegistry([
      { method: 'GET', path: `/v2/team/app/blobs/${blob.digest}`, response: { status: 200, body: content } },
      {
        method: 'POST',
        path: '/v2/team/app/blobs/uploads/',
        response: { status: 202, headers: { location: upload } },
      },
      { method: 'PUT', path: upload, response: { status: 201 } },
    ]);
    const moved: number[] = [];
    await using scenario = testRegistries({
      limits: { ...DEFAULT_PEER_LIMITS, minBytesPerSecond: 2_000_000, minRateWindowMs: 100 },
      requestGate: {
        pass: () => undefined,
        move: async (_request, bytes) => {
          moved.push(bytes);
          await new Promise((resolve) => setTimeout(resolve, 75));
        },
      },
    });
    const client = scenario.connect(registry);
    expect(await readAll(await client.getBlob('team/app', blob))).toEqual(content);
    const sum = (): number => moved.reduce((total, bytes) => total + bytes, 0);
    expect(sum()).toBe(content.length);
    const pieces = Array.from({ length: 8 }, (_, at) => content.subarray(at << 15, (at + 1) << 15));
    await client.uploadBlob('team/app', blob, async () => streamOf(...pieces));
    expect(sum()).toBe(2 * content.length);
  });

  it('ends a transfer that it holds back by the signal', async () => {
    const content = Buffer.alloc(64 * 1024);
    const blob = blobOf(content);
    await using registry = await scriptedRegistry([
      { method: 'GET', path: `/v2/team/app/blobs/${blob.digest}`, response: { status: 200, body: content } },
    ]);
    const copy = new AbortController();
    const reason = new Error('cancelled');
    await using scenario = testRegistries({
      requestGate: {
        pass: () => undefined,
        move: async (_request, _bytes, signal) => {
          copy.abort(reason);
          signal?.throwIfAborted();
        },
      },
    });
    const reading = scenario
      .connect(registry)
      .getBlob('team/app', blob, { signal: copy.signal })
      .then(readAll);
    await expect(reading).rejects.toBe(reason);
  });
});
