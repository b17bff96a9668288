import { scriptedRegistry, startHttpServer, startTokenServer, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { ANY_HEAD, challengeOf, FOUND, HEAD, IMAGE, USER, unknown } from './realms.fixture.ts';

describe('registry/auth/realms', () => {
  it.each([
    ['link-local address', () => 'https://169.254.169.254/latest/token', 'REDIRECT_REFUSED'],
    ['no web address', () => 'file:///etc/passwd', 'RESPONSE_INVALID'],
    ['a server without TLS', (collector: string) => `${collector}/token`, 'REDIRECT_REFUSED'],
  ])('gives a hostile realm no credentials: %s', async (_title, realm, code) => {
    await using collector = await scriptedRegistry([]);
    const folder = await temporaryFolder();
    await using registry = await scriptedRegistry(
      [{ ...HEAD, response: challengeOf(realm(collector.url)) }],
      {
        tls: true,
      },
    );
    await using scenario = testRegistries();
    const tls = { skipVerify: true, certsDir: folder.path };
    const client = scenario.connect({ host: registry.host, credentials: USER }, { tls });
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({
      code,
      registry: registry.host,
    });
    expect(collector.requests.all).toEqual([]);
    await folder.stop();
  });

  it.each([
    ['that is gone', 'http://127.0.0.1:1/token', 'NETWORK_FAILED'],
    ['where nobody may ask', 'http://169.254.169.254/token', 'REDIRECT_REFUSED'],
    ['that is no address', 'ftp://x/', 'RESPONSE_INVALID'],
  ])(
    'lets one challenge that names a server %s spoil one repository and no other',
    async (_t, realm, code) => {
      await using tokens = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
      await using registry = await scriptedRegistry([
        {
          method: 'HEAD',
          path: /bad\/manifests/,
          headers: { authorization: undefined },
          times: 'any',
          response: challengeOf(realm),
        },
        {
          method: 'HEAD',
          path: /good.\/manifests/,
          headers: { authorization: undefined },
          times: 'any',
          response: challengeOf(tokens.url),
        },
        {
          method: 'HEAD',
          path: /manifests/,
          headers: { authorization: /^Bearer / },
          times: 'any',
          response: FOUND,
        },
      ]);
      await using scenario = testRegistries();
      const client = scenario.connect({ host: registry.host, credentials: USER });
      await expect(client.headManifest('bad', '1.0')).rejects.toMatchObject({ code });
      for (const name of ['good1', 'good2']) {
        expect(await client.headManifest(name, '1.0')).toMatchObject({ digest: IMAGE.digest });
      }
      // Of a repository that answers well nothing is forgotten: no challenge but the first.
      expect(registry.requests.all.filter(({ path }) => path.includes('good2'))).toHaveLength(1);
    },
  );

  it.each([
    ['refuses everybody', () => 401],
    ['lets nobody use it', () => 403],
    ['puts everybody off', () => 429],
    ['gives a token once and refuses the others', (asked: number) => (asked === 1 ? 200 : 401)],
  ])('lets a token server that %s spoil the repository whose challenge names it', async (_title, answer) => {
    let asked = 0;
    await using evil = await startHttpServer((_request, response) => {
      asked += 1;
      response.writeHead(answer(asked), { 'retry-after': '1' }).end('{"token":"t"}');
    });
    await using tokens = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
    await using registry = await scriptedRegistry([
      unknown(/bad.\/manifests/, evil.url),
      unknown(/good.\/manifests/, tokens.url),
      { ...ANY_HEAD, headers: { authorization: /^Bearer / }, response: FOUND },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    for (const name of ['bad1', 'bad2', 'bad3'])
      await client.headManifest(name, '1.0').catch(() => undefined);
    for (const name of ['good1', 'good2']) {
      expect(await client.headManifest(name, '1.0')).toMatchObject({ digest: IMAGE.digest });
    }
    for (const name of ['bad1', 'bad2', 'bad3'])
      await client.headManifest(name, '1.0').catch(() => undefined);
    expect(await client.headManifest('good3', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });
});
