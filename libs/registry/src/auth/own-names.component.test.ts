import { scriptedRegistry, startTokenServer } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { challengeOf, FOUND, HEAD, USER } from './realms.fixture.ts';

describe('registry/auth/own-names with a registry', () => {
  it('takes over the name that a registry has for its repository', async () => {
    await using tokens = await scriptedRegistry([
      {
        method: 'GET',
        path: /scope=repository%3Atenant%2Fteam%2Fapp%3Apull&account=robot$/,
        response: { status: 200, body: { token: 'good' } },
      },
    ]);
    await using registry = await scriptedRegistry([
      {
        ...HEAD,
        headers: { authorization: undefined },
        response: challengeOf(`${tokens.url}/token`, 'repository:tenant/team/app:pull'),
      },
      { ...HEAD, headers: { authorization: 'Bearer good' }, times: 2, response: FOUND },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.headManifest('team/app', '1.0');
    await client.headManifest('team/app', '1.0');
  });

  it('forgets the name that a registry once gave a repository when it turns out to be wrong', async () => {
    await using tokens = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
    await using registry = await scriptedRegistry([
      {
        ...HEAD,
        headers: { authorization: undefined },
        response: challengeOf(tokens.url, 'repository:evil:pull'),
      },
      { ...HEAD, headers: { authorization: /^Bearer / }, response: { status: 403 } },
      { ...HEAD, method: 'GET', headers: { authorization: /^Bearer / }, response: { status: 403 } },
      { ...HEAD, headers: { authorization: /^Bearer / }, response: FOUND },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'DENIED' });
    await client.headManifest('team/app', '1.0');
    expect(tokens.requests.map(({ scopes }) => scopes)).toEqual([
      ['repository:evil:pull'],
      ['repository:team/app:pull'],
    ]);
  });
});
