import { type Exchange, makeImage, type ScriptedResponse, scriptedRegistry } from '@regfleet/harness';
import type { Side } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';

const { bytes, digest, mediaType } = makeImage({ layers: ['one'] });
const MANIFEST: ScriptedResponse = { status: 200, headers: { 'content-type': mediaType }, body: bytes };
const TOLD = { digest, mediaType, sizeBytes: bytes.byteLength };

const exchange = (method: 'GET' | 'HEAD', response: Exchange['response']): Exchange => ({
  method,
  path: /manifests/,
  times: 'any',
  response,
});

async function script(onHead: ScriptedResponse, onGet: Exchange['response'], ...others: Exchange[]) {
  const registry = await scriptedRegistry([exchange('HEAD', onHead), exchange('GET', onGet), ...others]);
  const clock = { ms: Date.now() };
  const scenario = testRegistries({ now: () => clock.ms });
  const client = scenario.connect(registry);
  return {
    clock,
    head: (name: string, side: Side = 'source') =>
      side === 'source' ? client.headManifest(...parts(name)) : client.headTarget(...parts(name)),
    /** Without the first, which finds that the registry knows no TLS. */
    requests: () => scenario.requests().slice(1).join(', '),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

function parts(name: string): [string, string] {
  const [repository = '', tag = ''] = name.split(':');
  return [repository, tag];
}

const REDIRECT = { status: 307, headers: { location: '/storage/for-get-only' } };
const STORAGE: Exchange = {
  method: 'HEAD',
  path: '/storage/for-get-only',
  times: 'any',
  response: { status: 403 },
};

describe('registry/manifests/head-refusals', () => {
  it.each<[string, ScriptedResponse, string]>([
    ['answers 400', { status: 400 }, 'HEAD 400'],
    ['answers 403', { status: 403 }, 'HEAD 403'],
    ['answers 405', { status: 405 }, 'HEAD 405'],
    ['answers 406', { status: 406 }, 'HEAD 406'],
    ['answers 501', { status: 501 }, 'HEAD 501'],
    ['answers 500', { status: 500 }, 'HEAD 500, HEAD 500, HEAD 500'],
    ['redirects to 403', REDIRECT, 'HEAD 307, HEAD 403'],
    ['redirects nowhere', { status: 302 }, 'HEAD 302'],
  ])('lets GET decide where HEAD of a manifest %s, and remembers it', async (_title, response, asked) => {
    await using scenario = await script(response, MANIFEST, STORAGE);
    expect(await scenario.head('app:1')).toEqual(TOLD);
    expect(await scenario.head('app:2')).toEqual(TOLD);
    expect(scenario.requests()).toBe(`${asked}, GET 200, GET 200`);
  });

  it('learns for each repository and side by itself that GET decides', async () => {
    await using scenario = await script({ status: 403 }, MANIFEST);
    await scenario.head('app:1');
    await scenario.head('other:1');
    await scenario.head('app:1', 'target');
    expect(scenario.requests()).toBe('HEAD 403, GET 200, HEAD 403, GET 200, HEAD 403, GET 200');
  });

  it('asks by HEAD again after an hour, and where servers fail after a minute', async () => {
    await using refusing = await script({ status: 403 }, MANIFEST);
    await refusing.head('app:1');
    refusing.clock.ms += 3_600_001;
    await refusing.head('app:1');
    expect(refusing.requests()).toBe('HEAD 403, GET 200, HEAD 403, GET 200');
    await using failing = await script({ status: 500 }, MANIFEST);
    await failing.head('app:1');
    failing.clock.ms += 60_001;
    await failing.head('app:1');
    expect(failing.requests()).toBe(
      'HEAD 500, HEAD 500, HEAD 500, GET 200, HEAD 500, HEAD 500, HEAD 500, GET 200',
    );
  });

  it('lets GET say that there is no such manifest', async () => {
    await using scenario = await script({ status: 403 }, { status: 404 });
    expect(await scenario.head('app:1')).toBeUndefined();
    expect(await scenario.head('app:2')).toBeUndefined();
    expect(scenario.requests()).toBe('HEAD 403, GET 404, GET 404');
  });

  it('sends no GETs into an outage but the one that shows it', async () => {
    await using scenario = await script({ status: 503 }, { status: 503 });
    await expect(scenario.head('app:1')).rejects.toMatchObject({ code: 'SERVER_FAILED' });
    await expect(scenario.head('other:1')).rejects.toMatchObject({ code: 'SERVER_FAILED' });
    expect(scenario.requests()).toBe('HEAD 503, HEAD 503, HEAD 503, GET 503, HEAD 503, HEAD 503, HEAD 503');
  });

  it.each<[string, ScriptedResponse]>([
    ['wants to be left alone', { status: 429, headers: { 'retry-after': '9' } }],
    ['wants to be asked later', { status: 503, headers: { 'retry-after': '9' } }],
    ['wants a login', { status: 401 }],
  ])('leaves it at HEAD where the registry %s', async (_title, response) => {
    await using scenario = await script(response, MANIFEST);
    await expect(scenario.head('app:1')).rejects.toMatchObject({ httpStatus: response.status });
    expect(scenario.requests()).not.toContain('GET');
  });

  it('stops asking twice where GET is refused as HEAD is', async () => {
    await using scenario = await script({ status: 403 }, { status: 403 });
    for (const tag of [1, 2, 3, 4])
      await expect(scenario.head(`app:${tag}`)).rejects.toMatchObject({ code: 'DENIED' });
    const both = 'HEAD 403, GET 403';
    expect(scenario.requests()).toBe(`${both}, ${both}, ${both}, HEAD 403`);
  });

  it('goes on by GET where one image alone is refused', async () => {
    const onGet: Exchange['response'] = ({ url }) =>
      url.pathname.endsWith('held-back') ? { status: 403 } : MANIFEST;
    await using scenario = await script({ status: 403 }, onGet);
    for (const tag of ['held-back', '1', 'held-back', '2', '3']) {
      const end = scenario.head(`app:${tag}`);
      if (tag === 'held-back') await expect(end).rejects.toMatchObject({ code: 'DENIED' });
      else expect(await end).toEqual(TOLD);
    }
    expect(scenario.requests()).toBe(
      'HEAD 403, GET 403, HEAD 403, GET 200, GET 403, HEAD 403, GET 200, GET 200',
    );
  });

  it('lets GET decide what HEAD does not find at a source, each time', async () => {
    await using scenario = await script({ status: 404 }, MANIFEST);
    expect(await scenario.head('app:1')).toEqual(TOLD);
    expect(await scenario.head('app:2')).toEqual(TOLD);
    expect(await scenario.head('app:1', 'target')).toBeUndefined();
    expect(scenario.requests()).toBe('HEAD 404, GET 200, HEAD 404, GET 200, HEAD 404');
  });

  it('stops asking twice for what is not there by GET either', async () => {
    await using scenario = await script({ status: 404 }, { status: 404 });
    for (const tag of ['1', '2', '3', '4', '5']) expect(await scenario.head(`app:${tag}`)).toBeUndefined();
    expect(scenario.requests()).toBe(
      'HEAD 404, GET 404, HEAD 404, GET 404, HEAD 404, GET 404, HEAD 404, HEAD 404',
    );
  });
});
