import { inspect } from 'node:util';
import {
  type Exchange,
  type GithubTokenServer,
  scriptedRegistry,
  startGithubTokenServer,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { allPages, testRegistries } from '../registries.fixture.ts';
import type { CredentialDeps } from './deps.ts';
import { github } from './github.ts';
import { createCredentialSource } from './index.ts';
import { describeCredentialProvider } from './provider.contract.ts';
import { depsOf, locationOf } from './scenario.contract.ts';

const AUDIENCE = 'https://registry.example/a b&c';
const AUTH = { kind: 'github', username: 'mirror', audience: AUDIENCE } as const;
const location = locationOf('registry.example', { auth: AUTH });

const TAGS = '/v2/app/tags/list';
const CHALLENGE = { status: 401, headers: { 'www-authenticate': 'Basic realm="registry"' } };
const FOUND = { status: 200, body: { name: 'app', tags: ['1'] } };
const basic = (token = ''): string => `Basic ${Buffer.from(`mirror:${token}`).toString('base64')}`;

interface Scenario extends AsyncDisposable {
  readonly issuer: GithubTokenServer;
  readonly deps: CredentialDeps;
}

async function openGithub(more: Partial<CredentialDeps> = {}): Promise<Scenario> {
  const issuer = await startGithubTokenServer();
  const deps = depsOf({ env: issuer.env, ...more });
  const stop = async (): Promise<void> => {
    await deps.clouds.close();
    await issuer.stop();
  };
  return { issuer, deps, [Symbol.asyncDispose]: stop };
}

const failureOf = (deps: CredentialDeps): Promise<unknown> =>
  github
    .open(location, deps)
    .get()
    .then(
      () => undefined,
      (error: unknown) => error,
    );

describeCredentialProvider('registry/credentials/github', async () => {
  const scenario = await openGithub();
  const { issuer } = scenario;
  return {
    ...scenario,
    provider: github,
    location,
    username: 'mirror',
    password: () => issuer.tokens.at(-1),
    rotate: async () => undefined,
    ruin: async () => issuer.answer(401, {}),
  };
});

describe('registry/credentials/github', () => {
  it('asks for a token for the audience, beside what the URL says already', async () => {
    await using scenario = await openGithub();
    const credentials = await createCredentialSource(location, scenario.deps).get();
    expect(credentials).toMatchObject({ username: 'mirror', provider: 'github' });
    const [request] = scenario.issuer.requests;
    expect([...(request?.query ?? [])]).toEqual([
      ['api-version', '2.0'],
      ['audience', AUDIENCE],
    ]);
  });

  it('keeps a token until shortly before it expires, for all tasks', async () => {
    const clock = { ms: Date.now() };
    await using scenario = await openGithub({ now: () => clock.ms });
    const get = () => github.open(location, scenario.deps).get();
    await get();
    clock.ms += 200_000;
    await get();
    expect(scenario.issuer.tokens).toHaveLength(1);
    clock.ms += 60_000;
    await get();
    expect(scenario.issuer.tokens).toHaveLength(2);
  });

  it('is a password that is asked for anew when the registry takes it no longer', async () => {
    await using issuer = await startGithubTokenServer();
    const list = (headers: Exchange['headers'], response: Exchange['response']): Exchange => ({
      method: 'GET',
      path: TAGS,
      ...(headers && { headers }),
      response,
    });
    const taking =
      (index: number): Exchange['response'] =>
      ({ headers }) =>
        headers.authorization === basic(issuer.tokens[index]) ? FOUND : { status: 400 };
    const shown = { authorization: /^Basic / };
    await using registry = await scriptedRegistry([
      list({ authorization: undefined }, CHALLENGE),
      list(shown, taking(0)),
      list(shown, CHALLENGE),
      list(shown, taking(1)),
    ]);
    await using scenario = testRegistries({ env: issuer.env });
    const client = scenario.connect(registry, { auth: AUTH });
    expect(await allPages(client.listTags('app'))).toEqual([['1']]);
    expect(await allPages(client.listTags('app'))).toEqual([['1']]);
    expect(issuer.tokens).toHaveLength(2);
  });

  it.each([
    [401, 'UNAUTHORIZED', /id-token: write/],
    [403, 'DENIED', /id-token: write/],
    [503, 'SERVER_FAILED', /./],
    [302, 'REQUEST_REFUSED', /./],
  ])('classifies %i of the issuer as %s, and follows nothing', async (status, code, hint) => {
    await using scenario = await openGithub();
    scenario.issuer.answer(status, {}, { location: `${scenario.issuer.url}/elsewhere` });
    const failure = await failureOf(scenario.deps);
    expect(failure).toMatchObject({ code, registry: 'registry.example', httpStatus: status });
    if (code !== 'REQUEST_REFUSED' && code !== 'SERVER_FAILED')
      expect(failure).toMatchObject({ hint: expect.stringMatching(hint) });
    expect(scenario.issuer.requests.map(({ path }) => path)).toEqual(['/idtoken']);
  });

  it.each([
    ['no value', {}],
    ['a value that does not expire', { value: 'secret-of-the-answer' }],
    ['a value that no header can carry', { value: 'secret-of-the-answer\n' }],
  ])('refuses %s, without a word of it', async (_title, body) => {
    await using scenario = await openGithub();
    scenario.issuer.answer(200, body);
    const failure = await failureOf(scenario.deps);
    expect(failure).toMatchObject({ code: 'RESPONSE_INVALID', registry: 'registry.example' });
    expect(inspect(failure, { depth: 9 })).not.toMatch(/secret-of-the-answer|a-token-to-ask-with/);
  });

  it('tells a job without the permission what it lacks', async () => {
    expect(await failureOf(depsOf({ env: {} }))).toMatchObject({
      code: 'CREDENTIALS_INVALID',
      hint: expect.stringContaining('permissions: id-token: write'),
    });
  });

  it.each([
    'http://issuer.example/',
    'https://169.254.169.254/',
    'http://metadata.google.internal/',
    'file:///etc/passwd',
    'no URL',
  ])('shows what it asks with to nobody at %s', async (url) => {
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'a-token-to-ask-with' };
    const failure = await failureOf(depsOf({ env }));
    expect(failure).toMatchObject({ code: 'CREDENTIALS_INVALID', registry: 'registry.example' });
    expect(inspect(failure, { depth: 9 })).not.toContain('a-token-to-ask-with');
  });

  it('says that the issuer cannot be reached, by its host alone', async () => {
    const scenario = await openGithub();
    await scenario.issuer.stop();
    const failure = await failureOf(scenario.deps);
    expect(failure).toMatchObject({ code: 'NETWORK_FAILED', registry: 'registry.example' });
    expect(inspect(failure, { depth: 9 })).not.toContain('a-token-to-ask-with');
    await scenario.deps.clouds.close();
  });
});
