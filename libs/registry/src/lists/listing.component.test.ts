import { type Exchange, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { allPages, scriptedClient } from '../registries.fixture.ts';

const TAGS = '/v2/team/app/tags/list';

const tags = (path: string, names: readonly string[] | null, link?: string): Exchange => ({
  method: 'GET',
  path,
  response: { status: 200, body: { name: 'team/app', tags: names }, ...(link && { headers: { link } }) },
});

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('registry/lists/listing', () => {
  it('follows links, relative and absolute, in the order of the registry', async () => {
    await using scenario = await scriptedClient(
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
    await using scenario = await scriptedClient(tags(`${TAGS}?n=1000`, ['a', 'b'.repeat(200_000), 'c']));
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['a', 'b'.repeat(300), 'c']]);
  });

  it('asks for no more pages than wanted', async () => {
    await using scenario = await scriptedClient(
      tags(`${TAGS}?n=1000`, ['a'], `<${TAGS}?n=1000&last=a>; rel="next"`),
    );
    const listed = scenario.client.listTags('team/app', { maxPages: 1 });
    expect(await allPages(listed)).toEqual([['a']]);
  });

  it('asks by the last name where a full page names no next one', async () => {
    const first = names('a', 1000);
    await using scenario = await scriptedClient(
      tags(`${TAGS}?n=1000`, first),
      tags(`${TAGS}?n=1000&last=a999`, ['z']),
    );
    expect((await allPages(scenario.client.listTags('team/app'))).flat()).toEqual([...first, 'z']);
  });

  it('stops when a registry knows neither links nor the last name', async () => {
    const all = names('a', 1000);
    await using scenario = await scriptedClient(
      tags(`${TAGS}?n=1000`, all),
      tags(`${TAGS}?n=1000&last=a999`, all),
    );
    expect((await allPages(scenario.client.listTags('team/app'))).flat()).toEqual(all);
  });

  it.each([400, 413, 405])(
    'takes a smaller page after a %i, and none of a size in the end',
    async (status) => {
      await using scenario = await scriptedClient(
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
    await using scenario = await scriptedClient(tags(`${TAGS}?n=1000`, null));
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([[]]);
  });

  it('asks for no page that nobody reads', async () => {
    await using scenario = await scriptedClient(
      tags(`${TAGS}?n=1000`, ['a'], `<${TAGS}?last=a>; rel="next"`),
    );
    for await (const page of scenario.client.listTags('team/app')) {
      expect(page).toEqual(['a']);
      break;
    }
  });

  it.each([
    ['with the path prefix of a proxy', `</artifactory/docker${TAGS}?n=1000&last=a>; rel="next"`],
    ['without the path prefix that we ask by', '</tags/list?n=1000&last=a>; rel="next"'],
    ['with a lost path', '<?n=1000&last=a>; rel="next"'],
    ['with a host inside', `<http://registry.internal:5000${TAGS}?n=1000&last=a>; rel="next"`],
    ['with a host that is none', `<http://:0${TAGS}?n=1000&last=a>; rel="next"`],
    ['without its relation', `<${TAGS}?n=1000&last=a>`],
    ['without its brackets', `${TAGS}?n=1000&last=a; rel="next"`],
    ['with a lost query', `<${TAGS}>; rel="next"`],
  ])('goes on at its own path by a link %s', async (_title, link) => {
    await using scenario = await scriptedClient(
      tags(`${TAGS}?n=1000`, ['a'], link),
      tags(`${TAGS}?n=1000&last=a`, ['b']),
    );
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['a'], ['b']]);
  });

  it('goes on at its own path by the link of a server that it was redirected to', async () => {
    const names = [['a'], ['b']];
    await using mirror = await scriptedRegistry([
      {
        method: 'GET',
        path: '/images/tags?n=1000',
        response: {
          status: 200,
          body: { tags: names[0] },
          headers: { link: '</images/tags?token=2>; rel="next"' },
        },
      },
      { method: 'GET', path: '/images/tags?token=2', response: { status: 200, body: { tags: names[1] } } },
    ]);
    await using scenario = await scriptedClient({
      method: 'GET',
      path: TAGS,
      times: 2,
      response: ({ path }) => ({
        status: 307,
        headers: { location: `${mirror.url}/images/tags${path.slice(TAGS.length)}` },
      }),
    });
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual(names);
  });

  it.each([
    ['whose links lead in circles', `<${TAGS}?n=1000>; rel="next"`, 'in circles'],
    ['that sends the same page again by its link', `<${TAGS}?page=2>; rel="next"`, 'how it goes on'],
    ['that sends the same page again for a lost query', `<${TAGS}>; rel="next"`, 'how it goes on'],
  ])('takes no list for whole of a registry %s', async (_title, link, message) => {
    await using scenario = await scriptedClient({ ...tags(TAGS, ['a'], link), times: 'any' });
    await expect(allPages(scenario.client.listTags('team/app'))).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' }],
    ['half a list', { headers: { 'content-type': 'application/json' }, body: '{"tags":["a",' }],
    ['something else', { body: { tags: [1, 2] } }],
  ])('does not take %s for a list', async (_title, answer) => {
    await using scenario = await scriptedClient({
      method: 'GET',
      path: TAGS,
      response: { status: 200, ...answer },
    });
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
    await using scenario = await scriptedClient({
      method: 'GET',
      path: TAGS,
      response: { status: 200, body },
    });
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
    await using scenario = await scriptedClient({
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
    await using scenario = await scriptedClient({
      method: 'GET',
      path: TAGS,
      response: { status: 200, body },
    });
    expect(await allPages(scenario.client.listTags('team/app'))).toEqual([['a', 'errors']]);
  });

  it('lists the catalog with pages of 100 and says when there is none', async () => {
    await using scenario = await scriptedClient(
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
    await using without = await scriptedClient({
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
