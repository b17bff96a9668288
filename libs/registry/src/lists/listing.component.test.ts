import { type Exchange, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { allPages, testRegistries } from '../registries.fixture.ts';

const TAGS = '/v2/team/app/tags/list';

const tags = (path: string, names: readonly string[] | null, link?: string): Exchange => ({
  method: 'GET',
  path,
  response: { status: 200, body: { name: 'team/app', tags: names }, ...(link && { headers: { link } }) },
});

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

async function script(...exchanges: Exchange[]) {
  const registry = await scriptedRegistry(exchanges);
  const scenario = testRegistries();
  return {
    registry,
    client: scenario.connect(registry),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

describe('registry/lists/listing', () => {
  it('follows links, relative and absolute, in the order of the registry', async () => {
    await using scenario = await script(
      tags(`${TAGS}?n=1000`, ['b', 'a'], `<${TAGS}?n=1000&last=a>; rel="next"`),
      {
        method: 'GET',
        path: `${TAGS}?n=1000&last=a`,
        response: ({ headers }) => ({
          status: 200,
          body: { tags: ['c'] },
          headers: { link: `<http://${headers.host}${TAGS}?n=1000&last=c>; rel="next"` },
        }),
      },
      tags(`${TAGS}?n=1000&last=c`, []),
    );
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['b', 'a'], ['c'], []]);
  });

  it('holds of a name that can be none no more than shows it', async () => {
    await using scenario = await script(tags(`${TAGS}?n=1000`, ['a', 'b'.repeat(200_000), 'c']));
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['a', 'b'.repeat(300), 'c']]);
  });

  it('asks for no more pages than wanted', async () => {
    await using scenario = await script(tags(`${TAGS}?n=1000`, ['a'], `<${TAGS}?n=1000&last=a>; rel="next"`));
    const listed = scenario.client.listTags('team/app', { maxPages: 1 });
    expect(await allPages(listed)).toEqual([['a']]);
  });

  it('asks by the last name where a full page names no next one', async () => {
    const first = names('a', 1000);
    await using scenario = await script(
      tags(`${TAGS}?n=1000`, first),
      tags(`${TAGS}?n=1000&last=a999`, ['z']),
    );
    expect((await allPages(scenario.client.listTags('team/app'))).flat()).toEqual([...first, 'z']);
  });

  it('stops when a registry knows neither links nor the last name', async () => {
    const all = names('a', 1000);
    await using scenario = await script(tags(`${TAGS}?n=1000`, all), tags(`${TAGS}?n=1000&last=a999`, all));
    expect((await allPages(scenario.client.listTags('team/app'))).flat()).toEqual(all);
  });

  it.each([400, 413, 405])(
    'takes a smaller page after a %i, and none of a size in the end',
    async (status) => {
      await using scenario = await script(
        {
          method: 'GET',
          path: `${TAGS}?n=1000`,
          response: { status, headers: { 'content-type': 'text/html' }, body: '<html>' },
        },
        { method: 'GET', path: `${TAGS}?n=100`, response: { status } },
        tags(TAGS, ['a']),
      );
      expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['a']]);
    },
  );

  it('takes null for a repository without tags', async () => {
    await using scenario = await script(tags(`${TAGS}?n=1000`, null));
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([[]]);
  });

  it('asks for no page that nobody reads', async () => {
    await using scenario = await script(tags(`${TAGS}?n=1000`, ['a'], `<${TAGS}?last=a>; rel="next"`));
    for await (const page of scenario.client.listTags('team/app')) {
      expect(page).toEqual(['a']);
      break;
    }
  });

  it.each([
    ['to another host', '<https://evil.example.com/v2/x>; rel="next"'],
    ['in circles', `<${TAGS}?n=1000>; rel="next"`],
  ])('refuses pages that lead %s', async (where, link) => {
    await using scenario = await script(tags(`${TAGS}?n=1000`, ['a'], link));
    await expect(allPages(scenario.client.listTags('team/app'))).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining(where),
    });
  });

  it.each([
    ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' }],
    ['half a list', { headers: { 'content-type': 'application/json' }, body: '{"tags":["a",' }],
    ['something else', { body: { tags: [1, 2] } }],
  ])('does not take %s for a list', async (_title, answer) => {
    await using scenario = await script({ method: 'GET', path: TAGS, response: { status: 200, ...answer } });
    await expect(allPages(scenario.client.listTags('team/app'))).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      reference: `${scenario.registry.host}/team/app`,
    });
  });

  it.each([
    [
      'an error of the registry',
      { errors: [{ code: 'NAME_UNKNOWN', message: 'no such' }] },
      'REPOSITORY_UNKNOWN',
    ],
    ['a refusal', { errors: [{ code: 'DENIED' }], name: 'team/app', tags: null }, 'DENIED'],
    ['an error beside a part of a list', { errors: [{ code: 'UNKNOWN' }], tags: ['a'] }, 'RESPONSE_INVALID'],
    ['errors in a form of its own', { errors: { '500': 'no database' }, tags: [] }, 'RESPONSE_INVALID'],
    ['a message', { message: 'try again' }, 'RESPONSE_INVALID'],
  ])('does not take %s with status 200 for an empty repository', async (_title, body, code) => {
    await using scenario = await script({ method: 'GET', path: TAGS, response: { status: 200, body } });
    await expect(allPages(scenario.client.listTags('team/app'))).rejects.toMatchObject({
      code,
      httpStatus: 200,
      reference: `${scenario.registry.host}/team/app`,
    });
  });

  it.each([
    ['errors', { errors: [{ code: 'UNAUTHORIZED' }], repositories: [] }, 'UNAUTHORIZED'],
    ['no list', {}, 'RESPONSE_INVALID'],
  ])('does not take %s with status 200 for an empty catalog', async (_title, body, code) => {
    await using scenario = await script({
      method: 'GET',
      path: '/v2/_catalog?n=100',
      response: { status: 200, body },
    });
    await expect(allPages(scenario.client.listRepositories())).rejects.toMatchObject({ code });
  });

  it.each([
    ['null', { errors: null, tags: ['a', 'errors'] }],
    ['an empty list', { errors: [], tags: ['a', 'errors'] }],
  ])('takes errors that are %s for none', async (_title, body) => {
    await using scenario = await script({ method: 'GET', path: TAGS, response: { status: 200, body } });
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['a', 'errors']]);
  });

  it('lists the catalog with pages of 100 and says when there is none', async () => {
    await using scenario = await script(
      {
        method: 'GET',
        path: '/v2/_catalog?n=100',
        response: {
          status: 200,
          body: { repositories: ['a', 'b'] },
          headers: { link: '</v2/_catalog?last=b&n=100>; rel="next"' },
        },
      },
      {
        method: 'GET',
        path: '/v2/_catalog?last=b&n=100',
        response: { status: 200, body: { repositories: ['c'] } },
      },
    );
    expect(await allPages(scenario.client.listRepositories())).toEqual([['a', 'b'], ['c']]);
    await using without = await script({
      method: 'GET',
      path: /_catalog/,
      times: 2,
      response: { status: 404 },
    });
    await expect(allPages(without.client.listRepositories())).rejects.toMatchObject({
      code: 'LISTING_UNSUPPORTED',
      hint: expect.stringContaining('one by one'),
    });
    await expect(allPages(without.client.listRepositories({ pageSize: 10 }))).rejects.toMatchObject({
      code: 'LISTING_UNSUPPORTED',
    });
  });
});
