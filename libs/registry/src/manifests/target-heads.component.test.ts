import { type Exchange, makeImage, type ScriptedResponse, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { allPages, testRegistries } from '../registries.fixture.ts';

const { bytes, digest, mediaType } = makeImage({ layers: ['one'] });
const FOUND = { status: 200, headers: { 'docker-content-digest': digest, 'content-type': mediaType } };
const TOLD = expect.objectContaining({ digest, mediaType });
const MISSING = { status: 404 };
const REFUSED = { status: 401 };
const DENIED = { status: 403 };

const USER = { username: 'robot', password: 'hunter2' };

type Right = ScriptedResponse | { readonly withheld: number };

/** What each kind of token leads to; a token that is withheld is refused with its status. */
interface Rights {
  readonly push: Right;
  readonly pull: Right;
  /** What GET leads to; absent: the same as HEAD. */
  readonly get?: ScriptedResponse;
}

const MANIFEST = /\/manifests\//;
const CHALLENGE = { 'www-authenticate': 'Bearer realm="/token",service="test",error="insufficient_scope"' };

async function scenarioOf(rights: Rights, credentials: typeof USER | undefined = USER) {
  const asked: string[] = [];
  const answering =
    (what: string, { status, ...rest }: ScriptedResponse) =>
    (): ScriptedResponse => {
      asked.push(what);
      return { status, ...rest, ...(status === 401 && { headers: CHALLENGE }) };
    };
  const token = (kind: string, path: RegExp, right: Right): Exchange => {
    const given = { status: 200, body: JSON.stringify({ token: kind }) };
    const response = answering(`token ${kind}`, 'withheld' in right ? { status: right.withheld } : given);
    return { method: 'GET', path, times: 'any', response };
  };
  const question = (method: 'HEAD' | 'GET', kind: string, response: ScriptedResponse): Exchange => ({
    method,
    path: MANIFEST,
    headers: { authorization: kind === 'nobody' ? undefined : `Bearer ${kind}` },
    times: 'any',
    response: answering(`${method} ${kind}`, response),
  });
  const { push, pull, get } = rights;
  const registry = await scriptedRegistry([
    question('HEAD', 'nobody', REFUSED),
    token('push', /^\/token\?.*%3Apull%2Cpush/, push),
    token('pull', /^\/token\?.*%3Apull(?:&|$)/, pull),
    token('none', /^\/token\?service=test&account=robot$/, 'withheld' in push ? push : FOUND),
    ...Object.entries({ push, pull }).flatMap(([kind, right]) =>
      'withheld' in right ? [] : [question('HEAD', kind, right), question('GET', kind, get ?? right)],
    ),
    {
      method: 'GET',
      path: /tags\/list/,
      times: 'any',
      response: ({ headers }) => {
        asked.push(`list ${headers.authorization?.replace('Bearer ', '')}`);
        return { status: 200, body: '{"name":"app","tags":["1"]}' };
      },
    },
  ]);
  const clock = { ms: Date.now() };
  const scenario = testRegistries({ now: () => clock.ms });
  const client = scenario.connect({ host: registry.host, credentials });
  return {
    client,
    clock,
    ask: (tag = '1') => client.headTarget('app', tag),
    /** Each request since the last time: with which kind of token, or for which. */
    asked: () => asked.splice(0).join(', '),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

describe('registry/manifests/target-heads', () => {
  it.each([
    ['with 401', REFUSED],
    ['with 403', DENIED],
  ])(
    'asks as one who may push where readers are refused %s what does not exist yet',
    async (_title, pull) => {
      await using scenario = await scenarioOf({ push: MISSING, pull });
      expect(await scenario.ask()).toBeUndefined();
      expect(scenario.asked()).toBe('HEAD nobody, token push, HEAD push');
      expect(await scenario.ask('2')).toBeUndefined();
      expect(scenario.asked()).toBe('HEAD push');
    },
  );

  it('asks as one who may push where the token server refuses readers', async () => {
    await using scenario = await scenarioOf({ push: FOUND, pull: { withheld: 403 } });
    expect(await scenario.ask()).toEqual(TOLD);
  });

  it.each<[string, Rights['push'], string]>([
    ['the token server refuses with 401', { withheld: 401 }, 'token push, HEAD nobody'],
    ['the token server refuses with 403', { withheld: 403 }, 'token push, HEAD nobody'],
    ['the registry refuses with 401', REFUSED, 'token push, HEAD push'],
    ['the registry refuses with 403', DENIED, 'token push, HEAD push'],
  ])('asks as a reader where %s a push, and remembers it', async (_title, push, refused) => {
    await using scenario = await scenarioOf({ push, pull: FOUND });
    expect(await scenario.ask()).toEqual(TOLD);
    expect(scenario.asked()).toBe(`HEAD nobody, ${refused}, token pull, HEAD pull`);
    expect(await scenario.ask('2')).toEqual(TOLD);
    expect(scenario.asked()).toBe('HEAD pull');
    scenario.clock.ms += 2 * 60 * 60_000;
    expect(await scenario.ask('3')).toEqual(TOLD);
    expect(scenario.asked()).toContain('push');
  });

  it.each([
    ['with 401', REFUSED],
    ['with 403', DENIED],
  ])(
    'gets one token of each kind where all who wait are refused %s as ones who may push',
    async (_title, push) => {
      await using scenario = await scenarioOf({ push, pull: FOUND });
      const tags = ['1', '2', '3', '4', '5', '6', '7', '8'];
      expect(await Promise.all(tags.map((tag) => scenario.ask(tag)))).toEqual(tags.map(() => TOLD));
      expect(scenario.asked().match(/token \w+/g)).toEqual(['token push', 'token pull']);
    },
  );

  it('gets one token of each kind where all who wait are refused whatever they show', async () => {
    await using scenario = await scenarioOf({ push: REFUSED, pull: REFUSED });
    await Promise.all(['1', '2', '3', '4', '5', '6', '7', '8'].map((tag) => scenario.ask(tag)));
    expect(scenario.asked().match(/token \w+/g)).toEqual(['token push', 'token pull']);
  });

  it('asks by GET only after both kinds of HEAD', async () => {
    const get = { status: 200, headers: { 'content-type': mediaType }, body: bytes };
    await using scenario = await scenarioOf({ push: DENIED, pull: DENIED, get });
    expect(await scenario.ask()).toEqual(TOLD);
    expect(scenario.asked()).toBe('HEAD nobody, token push, HEAD push, token pull, HEAD pull, GET pull');
  });

  it.each([
    ['with 401', REFUSED, 'UNAUTHORIZED'],
    ['with 403', DENIED, 'DENIED'],
  ])(
    'is told nothing where all is refused %s, and asks once for the next tags',
    async (_title, all, code) => {
      await using scenario = await scenarioOf({ push: all, pull: all });
      expect(await scenario.ask()).toEqual({ untold: expect.objectContaining({ code }) });
      expect(scenario.client.hasToldManifest).toBe(false);
      scenario.asked();
      for (const tag of ['2', '3', '4'])
        expect(await scenario.ask(tag)).toEqual({ untold: expect.objectContaining({ code }) });
      const asked = scenario.asked();
      expect(asked.match(/HEAD push/g)).toHaveLength(3);
      expect(asked).not.toMatch(/token|pull/);
    },
  );

  it('finds out a minute later who is told something, however often it was asked meanwhile', async () => {
    await using scenario = await scenarioOf({ push: DENIED, pull: DENIED });
    for (let index = 0; index < 3; index += 1) {
      await scenario.ask();
      scenario.clock.ms += 20_000;
    }
    scenario.asked();
    await scenario.ask();
    expect(scenario.asked()).toContain('HEAD pull');
  });

  it('is told nothing where all is refused with 401 that only GET told something of before', async () => {
    let isGone = false;
    const question = (method: string, told: ScriptedResponse): Exchange => ({
      method,
      path: MANIFEST,
      times: 'any',
      response: ({ headers }) =>
        isGone || headers.authorization === undefined ? { status: 401, headers: CHALLENGE } : told,
    });
    const token = { status: 200, body: '{"token":"t","expires_in":300}' };
    await using registry = await scriptedRegistry([
      { method: 'GET', path: /^\/token/, times: 'any', response: token },
      question('HEAD', DENIED),
      question('GET', { status: 200, headers: { 'content-type': mediaType }, body: bytes }),
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(await client.headTarget('app', '1')).toEqual(TOLD);
    isGone = true;
    expect(await client.headTarget('app', '1')).toEqual({
      untold: expect.objectContaining({ code: 'UNAUTHORIZED' }),
    });
  });

  it('is told nothing where all is refused to strangers', async () => {
    await using scenario = await scenarioOf({ push: REFUSED, pull: REFUSED }, undefined);
    expect(await scenario.ask()).toEqual({ untold: expect.objectContaining({ code: 'UNAUTHORIZED' }) });
  });

  it('lists with the rights that have told something', async () => {
    await using scenario = await scenarioOf({ push: { withheld: 403 }, pull: FOUND });
    await scenario.ask();
    scenario.asked();
    expect(await allPages(scenario.client.listTargetTags('app'))).toEqual([['1']]);
    expect(scenario.asked()).toBe('list pull');
  });

  it.each([401, 403])('gives up where the token server answers %i whatever is asked for', async (status) => {
    await using scenario = await scenarioOf({ push: { withheld: status }, pull: { withheld: status } });
    await expect(scenario.ask()).rejects.toMatchObject({ message: expect.stringContaining('get a token') });
    expect(scenario.asked()).not.toContain('HEAD p');
  });

  it('gives up where a password is refused', async () => {
    const headers = { 'www-authenticate': 'Basic realm="x"' };
    const refusal: Exchange = {
      method: 'HEAD',
      path: MANIFEST,
      times: 2,
      response: { status: 401, headers },
    };
    await using registry = await scriptedRegistry([refusal]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await expect(client.headTarget('app', '1')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('shows a refused password once, however many tags are asked for', async () => {
    let shown = 0;
    const refusal: Exchange = {
      method: 'HEAD',
      path: MANIFEST,
      times: 'any',
      response: ({ headers }) => {
        if (headers.authorization !== undefined) shown += 1;
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
      },
    };
    await using registry = await scriptedRegistry([refusal]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    const codes = await Promise.all(
      ['1', '2', '3', '4', '5'].map((tag) => client.headTarget('app', tag).catch(({ code }) => code)),
    );
    expect(new Set(codes)).toEqual(new Set(['UNAUTHORIZED']));
    expect(shown).toBe(1);
  });

  it('is told nothing where a password is taken and its account is denied', async () => {
    const denial: Exchange = { method: 'HEAD', path: MANIFEST, response: DENIED };
    await using registry = await scriptedRegistry([denial, { ...denial, method: 'GET' }]);
    await using scenario = testRegistries();
    expect(await scenario.connect(registry).headTarget('app', '1')).toEqual({
      untold: expect.objectContaining({ code: 'DENIED' }),
    });
  });
});
