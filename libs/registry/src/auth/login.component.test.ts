import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Exchange,
  scriptedRegistry,
  startRegistry,
  startTokenServer,
  type TokenUser,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import type { RegistryClient } from '../contract.ts';
import { testRegistries } from '../registries.fixture.ts';

const USER = { username: 'robot', password: 'hunter2' };
const WRONG = { ...USER, password: 'wrong-password' };

/** A real registry whose token server knows some users. */
async function tokenRegistry(users: readonly TokenUser[]) {
  const tokens = await startTokenServer({ users, expiresInSeconds: 300 });
  const registry = await startRegistry({ tokenServer: tokens });
  return {
    host: registry.host,
    asked: () => tokens.requests.map(({ scopes }) => scopes.join(' ')),
    async [Symbol.asyncDispose]() {
      await registry.stop();
      await tokens.stop();
    },
  };
}

/** What HEAD does not find is read once. */
const READ: Exchange = { method: 'GET', path: /open\/manifests/, times: 'any', response: { status: 404 } };

const codeOf = (client: RegistryClient, repository: string, tag = '1.0'): Promise<unknown> =>
  client.headManifest(repository, tag).then(
    () => 'taken',
    (error: { code: string }) => error.code,
  );

/** The outcomes of asking for `count` things one after another. */
async function inTurn(count: number, ask: (index: number) => Promise<unknown>): Promise<Set<unknown>> {
  const outcomes = new Set<unknown>();
  for (let index = 0; index < count; index += 1) outcomes.add(await ask(index));
  return outcomes;
}

describe('registry/auth when an account is refused', () => {
  it('shows a token server a wrong password once for all tags, however they are asked for', async () => {
    await using registry = await tokenRegistry([USER]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: WRONG });
    const tags = Array.from({ length: 30 }, (_, index) => String(index));
    const together = await Promise.all(tags.map((tag) => codeOf(client, 'team/app', tag)));
    expect(new Set(together)).toEqual(new Set(['UNAUTHORIZED']));
    expect(await inTurn(30, (index) => codeOf(client, 'team/app', String(index)))).toEqual(
      new Set(['UNAUTHORIZED']),
    );
    expect(registry.asked()).toEqual(['repository:team/app:pull']);
    await expect(client.headManifest('team/app', '7')).rejects.toMatchObject({
      message: expect.stringContaining('as robot'),
      reference: `${registry.host}/team/app:7`,
    });
  });

  it('asks for no more repositories once the account as such is refused', async () => {
    await using registry = await tokenRegistry([USER]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: WRONG });
    expect(await inTurn(30, (index) => codeOf(client, `team/app${index}`))).toEqual(
      new Set(['UNAUTHORIZED']),
    );
    expect(registry.asked()).toEqual(['repository:team/app0:pull', 'repository:team/app1:pull', '']);
  });

  it('finds out about the account once, however many repositories are asked for together', async () => {
    await using registry = await tokenRegistry([USER]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: WRONG });
    const repositories = Array.from({ length: 10 }, (_, index) => `team/app${index}`);
    for (let round = 0; round < 2; round += 1)
      await Promise.all(repositories.map((repository) => codeOf(client, repository)));
    const asked = registry.asked();
    expect(asked.filter((scopes) => scopes === '')).toHaveLength(1);
    // Each at most once: those that come after the account has been judged are not asked for.
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('takes no account that may only read for a refused one, where it is refused all but that', async () => {
    const refused = { status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    const repositories = ['team/app1', 'team/app2', 'team/app3'];
    let pushes = 0;
    let readers = 0;
    const allPushed = Promise.withResolvers<void>();
    const someRead = Promise.withResolvers<void>();
    // All are refused to push before anybody reads, as happens where many repositories are compared at once.
    const refusePush: Exchange['response'] = async ({ path }) => {
      if (path.includes('first')) return refused;
      pushes += 1;
      if (pushes === repositories.length) allPushed.resolve();
      await allPushed.promise;
      return refused;
    };
    const admitReader = () => {
      readers += 1;
      if (readers === 2) someRead.resolve();
      return { status: 200, body: { token: 'reader' } };
    };
    const refuse = async () => {
      await someRead.promise;
      return refused;
    };
    const common = { method: 'GET', times: 'any' } as const;
    await using tokens = await scriptedRegistry([
      { ...common, path: /%3Apull%2Cpush/, response: refusePush },
      { ...common, path: /%3Apull(?:&|$)/, response: admitReader },
      { ...common, path: /^\/token\?/, response: refuse },
    ]);
    const challenge = { 'www-authenticate': `Bearer realm="${tokens.url}/token",service="test"` };
    const question = { method: 'HEAD', path: /\/manifests\//, times: 'any' } as const;
    const missing = { headers: { authorization: 'Bearer reader' }, response: { status: 404 } };
    await using registry = await scriptedRegistry([
      { ...question, ...missing },
      { ...question, response: { status: 401, headers: challenge } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.headTarget('team/first', '1');
    const told = await Promise.allSettled(repositories.map((name) => client.headTarget(name, '1')));
    expect(told).toEqual(repositories.map(() => ({ status: 'fulfilled', value: undefined })));
  });

  it('goes on with other repositories where the account as such is taken', async () => {
    const refused = { status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    const token = { status: 200, body: { token: 'good' } };
    const question = (path: RegExp, response: Exchange['response']): Exchange => ({
      method: 'GET',
      path,
      response,
    });
    await using tokens = await scriptedRegistry([
      ...[0, 1, 2].map((index) => question(new RegExp(`secret${index}`), refused)),
      question(/^\/token\?service=test&account=robot$/, token),
      question(/open/, token),
    ]);
    const challenge = { 'www-authenticate': `Bearer realm="${tokens.url}/token",service="test"` };
    await using registry = await scriptedRegistry([
      {
        method: 'HEAD',
        path: /open/,
        headers: { authorization: undefined },
        response: { status: 401, headers: challenge },
      },
      { method: 'HEAD', path: /open/, headers: { authorization: /./ }, response: { status: 404 } },
      READ,
      { method: 'HEAD', path: /secret/, times: 3, response: { status: 401, headers: challenge } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    for (let round = 0; round < 2; round += 1) {
      expect(await inTurn(3, (index) => codeOf(client, `team/secret${index}`))).toEqual(
        new Set(['UNAUTHORIZED']),
      );
    }
    expect(await codeOf(client, 'team/open')).toBe('taken');
  });

  it('shows a registry a wrong password for two repositories, and once for the account', async () => {
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    await using registry = await scriptedRegistry([
      { method: 'HEAD', path: /manifests/, headers: { authorization: undefined }, response: challenge },
      {
        method: 'HEAD',
        path: /manifests/,
        headers: { authorization: /^Basic / },
        times: 2,
        response: challenge,
      },
      { method: 'GET', path: '/v2/', headers: { authorization: /^Basic / }, response: challenge },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: WRONG });
    expect(await inTurn(30, (index) => codeOf(client, `team/app${index % 5}`))).toEqual(
      new Set(['UNAUTHORIZED']),
    );
    const refused = await client.headManifest('team/app', '1.0').catch((error: unknown) => error);
    expect(refused).toMatchObject({
      message: expect.stringContaining('as robot by auth:'),
      reference: `${registry.host}/team/app:1.0`,
      httpStatus: 401,
    });
    expect(JSON.stringify(refused)).not.toContain(WRONG.password);
  });

  it('asks a registry for other repositories where the account as such is taken', async () => {
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    await using registry = await scriptedRegistry([
      { method: 'HEAD', path: /secret/, headers: { authorization: undefined }, response: challenge },
      { method: 'HEAD', path: /secret/, headers: { authorization: /./ }, times: 3, response: challenge },
      { method: 'GET', path: '/v2/', headers: { authorization: /./ }, response: { status: 200 } },
      { method: 'HEAD', path: /open/, headers: { authorization: /./ }, response: { status: 404 } },
      READ,
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(await inTurn(3, (index) => codeOf(client, `team/secret${index}`))).toEqual(
      new Set(['UNAUTHORIZED']),
    );
    expect(await codeOf(client, 'team/open')).toBe('taken');
  });

  it('notices a password that is revoked after it was taken', async () => {
    const users: TokenUser[] = [USER];
    await using registry = await tokenRegistry(users);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(await codeOf(client, 'team/before')).toBe('taken');
    users.pop();
    expect(await inTurn(30, (index) => codeOf(client, `team/app${index}`))).toEqual(
      new Set(['UNAUTHORIZED']),
    );
    expect(registry.asked().slice(1)).toEqual(['repository:team/app0:pull', 'repository:team/app1:pull', '']);
  });

  it('takes what a registry refuses an account that it has let in for a matter of the repository', async () => {
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    await using registry = await scriptedRegistry([
      { method: 'HEAD', path: /open/, headers: { authorization: undefined }, response: challenge },
      { method: 'HEAD', path: /open/, headers: { authorization: /./ }, times: 2, response: { status: 404 } },
      READ,
      { method: 'HEAD', path: /secret/, headers: { authorization: /./ }, response: challenge },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(await codeOf(client, 'team/open')).toBe('taken');
    expect(await inTurn(5, () => codeOf(client, 'team/secret'))).toEqual(new Set(['UNAUTHORIZED']));
    expect(await codeOf(client, 'team/open')).toBe('taken');
  });

  it.each([
    ['a token server', async () => tokenRegistry([USER])],
    ['the registry', async () => startRegistry({ htpasswd: USER })],
  ])('is let in by %s as soon as the password is another', async (_title, start) => {
    await using registry = await start();
    await using folder = await temporaryFolder();
    const passwordFile = join(folder.path, 'password');
    await writeFile(passwordFile, WRONG.password);
    await using scenario = testRegistries();
    const auth = { kind: 'password-file', username: USER.username, passwordFile } as const;
    const client = scenario.connect({ host: registry.host }, { auth });
    expect(await inTurn(3, (index) => codeOf(client, `team/app${index}`))).toEqual(new Set(['UNAUTHORIZED']));
    await writeFile(passwordFile, USER.password);
    expect(await codeOf(client, 'team/app0')).toBe('taken');
    expect(await codeOf(client, 'team/app9')).toBe('taken');
  });

  it('asks anew after some seconds, for what may have been mended at the registry', async () => {
    const users: TokenUser[] = [USER];
    await using registry = await tokenRegistry(users);
    const clock = { aheadMs: 0 };
    await using scenario = testRegistries({ now: () => Date.now() + clock.aheadMs });
    const client = scenario.connect({ host: registry.host, credentials: WRONG });
    expect(await inTurn(4, (index) => codeOf(client, `team/app${index}`))).toEqual(new Set(['UNAUTHORIZED']));
    users.push(WRONG);
    expect(await codeOf(client, 'team/app0')).toBe('UNAUTHORIZED');
    clock.aheadMs = 20_000;
    expect(await codeOf(client, 'team/app0')).toBe('taken');
    expect(await codeOf(client, 'team/app3')).toBe('taken');
  });
});
