import { type Exchange, makeImage, scriptedRegistry, startHttpServer } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { blobOf, streamOf } from '../blobs/blob.fixture.ts';
import { testRegistries } from '../registries.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });
const CONTENT = Buffer.from('a layer');
const BLOB = blobOf(CONTENT);
const START = '/v2/team/app/blobs/uploads/';
const UPLOAD = `${START}1`;
// Long pauses show nothing more.
const BRIEF = { timeouts: { refusedMs: 1 } };

const FOUND = {
  status: 200,
  headers: { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType },
};
const refused = (method: Exchange['method'], path: RegExp | string, times = 1): Exchange => ({
  method,
  path,
  times,
  response: { status: 429 },
});

describe('registry/http on a registry that refuses what comes too fast, and does not say for how long', () => {
  it('sends a question again after half a second at least', async () => {
    await using registry = await scriptedRegistry([
      refused('HEAD', /manifests/),
      { method: 'HEAD', path: /manifests/, response: FOUND },
    ]);
    await using scenario = testRegistries();
    const sinceMs = performance.now();
    expect(await scenario.connect(registry).headManifest('team/app', '1.0')).toMatchObject({
      digest: IMAGE.digest,
    });
    expect(performance.now() - sinceMs).toBeGreaterThan(500);
  });

  it('sends each request of a push again', async () => {
    await using registry = await scriptedRegistry([
      refused('POST', START),
      { method: 'POST', path: START, response: { status: 202, headers: { location: UPLOAD } } },
      refused('PUT', UPLOAD, 2),
      { method: 'PUT', path: UPLOAD, response: { status: 201 } },
      refused('PUT', /manifests/),
      { method: 'PUT', path: /manifests/, response: { status: 201 } },
    ]);
    await using scenario = testRegistries(BRIEF);
    const client = scenario.connect(registry);
    await client.uploadBlob('team/app', BLOB, async () => streamOf(CONTENT));
    await client.putManifest('team/app', '1.0', IMAGE);
  });

  it('gives up after four times, and lets no other request go through as many until one is answered', async () => {
    await using registry = await scriptedRegistry([
      refused('HEAD', /first/, 4),
      refused('HEAD', /second/),
      { method: 'HEAD', path: /third/, response: FOUND },
      refused('HEAD', /fourth/),
      { method: 'HEAD', path: /fourth/, response: FOUND },
    ]);
    await using scenario = testRegistries(BRIEF);
    const client = scenario.connect(registry);
    for (const tag of ['first', 'second']) {
      await expect(client.headManifest('team/app', tag)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    }
    for (const tag of ['third', 'fourth']) expect(await client.headManifest('team/app', tag)).toBeDefined();
  });

  it('has half as many requests under way from then on', async () => {
    let underWay = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const allHeld = Promise.withResolvers<void>();
    const hold = (answer: () => void): void => {
      if (held.push(answer) === 8) allHeld.resolve();
    };
    await using server = await startHttpServer(({ url = '', method }, response) => {
      const answer = (status: number): void => {
        response.writeHead(status, status === 200 ? FOUND.headers : {}).end();
      };
      // What is not there by HEAD is asked for by GET as well.
      if (method === 'GET') return answer(404);
      if (url.includes('early')) return hold(() => answer(404));
      if (url.includes('refused')) return answer(429);
      underWay += 1;
      most = Math.max(most, underWay);
      // Every one that may come meanwhile does.
      setTimeout(() => {
        underWay -= 1;
        answer(200);
      }, 30);
    });
    await using scenario = testRegistries({ timeouts: { refusedMs: 30_000 } });
    const client = scenario.connect(server);
    // The way to the registry is known from then on.
    await client.headManifest('team/app', 'known');
    const early = Promise.all(
      Array.from({ length: 8 }, (_, n) => client.headManifest('team/app', `early${n}`)),
    );
    await allHeld.promise;
    const abort = new AbortController();
    const one = client.headManifest('team/app', 'refused', { signal: abort.signal });
    one.catch(() => undefined);
    const answered = scenario.requests().length;
    await expect.poll(() => scenario.requests().length).toBeGreaterThan(answered);
    for (const answer of held) answer();
    abort.abort(new Error('seen'));
    await early;
    most = 0;
    await Promise.all(Array.from({ length: 12 }, (_, n) => client.headManifest('team/app', `late${n}`)));
    expect(most).toBe(4);
  });
});
