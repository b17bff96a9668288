import {
  countingProxy,
  digestOf,
  pushImage,
  startRegistry,
  startTokenServer,
  type TestRegistry,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import { directRelay } from './definition.ts';

const USER = { username: 'robot', password: 'hunter2' };

/** A target behind a token server that refuses every question, as many do about a repository that does not exist yet. */
async function hiddenTarget(status: number) {
  const tokens = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
  const registry = await startRegistry({ tokenServer: tokens });
  const proxy = await countingProxy(registry);
  const { headers } = await fetch(`${proxy.url}/v2/`);
  const challenge = { 'www-authenticate': headers.get('www-authenticate') ?? '' };
  for (const fault of [
    { method: 'HEAD', kind: 'manifest' } as const,
    { method: 'GET', kind: 'manifest' } as const,
    { method: 'HEAD', kind: 'blob' } as const,
  ])
    proxy.inject({ ...fault, status, headers: challenge });
  return {
    registry,
    proxy,
    tokens,
    as: (password: string) => ({ ...proxy, credentials: { ...USER, password } }),
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      await registry.stop();
      await tokens.stop();
    },
  };
}

describe('relay/direct with a target that refuses every question', () => {
  let source: TestRegistry;

  beforeAll(async () => {
    source = await startRegistry();
    await pushImage(source, 'app', 'v1', { layers: ['one', 'two'] });
  });

  afterAll(() => source?.stop());

  it.each([401, 403])('by %i: pushes, since that may be allowed all the same', async (status) => {
    await using target = await hiddenTarget(status);
    await using relay = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));
    const result = await relay.copy([source, 'app:v1'], [target.as(USER.password), 'new:v1']);
    expect(result.outcome).toBe('copied');
    expect(await digestOf(target.registry, 'new', 'v1')).toBe(await digestOf(source, 'app', 'v1'));
  });

  it('tries no push where the login is refused', async () => {
    await using target = await hiddenTarget(401);
    await using relay = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));
    const error = await relay.fail([source, 'app:v1'], [target.as('wrong'), 'new:v1']);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', side: 'target' });
    expect(error.message).toContain('get a token');
    expect(target.proxy.requests.count({ method: 'POST' })).toBe(0);
  });
});
