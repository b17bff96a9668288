import { scriptedRegistry } from '@regfleet/harness';
import { parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { readAll, testRegistries } from '../registries.fixture.ts';

const CONTENT = Buffer.from('content');
const BLOB = {
  digest: parseDigest('sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73'),
  mediaType: 'application/octet-stream',
  sizeBytes: CONTENT.length,
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
});
