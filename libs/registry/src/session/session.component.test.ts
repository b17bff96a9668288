import { type Exchange, makeImage, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { bothSchemes } from '../http/both-schemes.fixture.ts';
import { readAll, testRegistries } from '../registries.fixture.ts';

const IMAGE = makeImage({ layers: ['one'] });
const [LAYER] = IMAGE.layers;
if (LAYER === undefined) throw new Error('the image has a layer');
const CONTENT = Buffer.from(LAYER.bytes());

const USER = { username: 'robot', password: 'hunter2' };
const AUTHORIZATION = `Basic ${Buffer.from('robot:hunter2').toString('base64')}`;
const BASIC = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };

const BLOB = { method: 'GET', path: `/v2/team/app/blobs/${LAYER.digest}` } as const;

const toPlain: Exchange['response'] = ({ headers, path }) => ({
  status: 307,
  headers: { location: `http://${headers.host}${path}` },
});

/** A registry with TLS, and what answers on its own host without it. */
async function registryOfBoth(secured: readonly Exchange[], plain: readonly Exchange[]) {
  const withTls = await scriptedRegistry(secured, { tls: true });
  const withoutTls = await scriptedRegistry(plain);
  const both = await bothSchemes(withTls, withoutTls);
  const scenario = testRegistries();
  const tls = { skipVerify: true, certsDir: '/does/not/exist' };
  return {
    host: both.host,
    client: scenario.connect({ host: both.host, credentials: USER }, { tls }),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await both[Symbol.asyncDispose]();
      await withTls.stop();
      await withoutTls.stop();
    },
  };
}

describe('registry/session with a registry that redirects from TLS to plain HTTP on its own host', () => {
  const anonymous = { authorization: undefined };

  it.each([
    ['Basic realm="x"'],
    ['Bearer realm="/token",service="test"'],
    ['Bearer realm="http://127.0.0.1:1/token",service="test"'],
  ])('does not log in there when it asks with %s', async (challenge) => {
    const refusal = { status: 401, headers: { 'www-authenticate': challenge } };
    await using registry = await registryOfBoth(
      [{ ...BLOB, response: toPlain }],
      [{ ...BLOB, headers: anonymous, response: refusal }],
    );
    await expect(registry.client.getBlob('team/app', LAYER)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(registry.client.hasAskedForLogin).toBe(false);
  });

  it('downloads a blob from there without credentials', async () => {
    await using registry = await registryOfBoth(
      [
        { ...BLOB, headers: anonymous, response: BASIC },
        { ...BLOB, headers: { authorization: AUTHORIZATION }, response: toPlain },
      ],
      [{ ...BLOB, headers: anonymous, response: { status: 200, body: CONTENT } }],
    );
    expect(await readAll(await registry.client.getBlob('team/app', LAYER))).toEqual(CONTENT);
  });

  it('takes no manifest from there, which nothing would verify', async () => {
    await using registry = await registryOfBoth(
      [{ method: 'HEAD', path: /manifests/, response: toPlain }],
      [],
    );
    await expect(registry.client.headManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'REDIRECT_REFUSED',
      message: expect.stringContaining('without TLS'),
      reference: `${registry.host}/team/app:1.0`,
    });
  });
});

describe('registry/session with a login page in front of the registry', () => {
  const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' };
  const blob = { method: 'HEAD', path: /blobs/ } as const;
  const manifest = { method: 'PUT', path: /manifests/ } as const;

  it.each<[string, Exchange]>([
    ['takes no manifest for stored', { ...manifest, response: page }],
    ['takes no blob for there', { ...blob, response: page }],
  ])('%s', async (_title, exchange) => {
    await using registry = await scriptedRegistry([exchange]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host });
    const asked =
      exchange.method === 'PUT'
        ? client.putManifest('team/app', '1.0', IMAGE)
        : client.headBlob('team/app', LAYER.digest);
    await expect(asked).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining('answered 200 with a web page'),
    });
  });

  it('minds no registry that calls its empty answers web pages', async () => {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    const named = { ...headers, 'docker-content-digest': LAYER.digest };
    await using registry = await scriptedRegistry([
      { ...manifest, response: { status: 201, headers } },
      { ...blob, response: { status: 200, headers: named } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host });
    await client.putManifest('team/app', '1.0', IMAGE);
    expect(await client.headBlob('team/app', LAYER.digest)).toBe(true);
  });
});
