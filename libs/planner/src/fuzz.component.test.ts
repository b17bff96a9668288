import { type HttpServer, startHttpServer } from '@regfleet/harness';
import { isRepositoryName, isSyncError, isTagName, silentLogger } from '@regfleet/model';
import { createRegistries, type Registries } from '@regfleet/registry';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { admitsCopy } from './admits.ts';
import type { PlanEntry } from './contract.ts';
import { images, planWith, taskOf } from './plan.fixture.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const GOOD = ['app', 'library/app', 'team/a-b__c.d', 'a/tags/list', 'v1.0.0', '1.2', '1.0.0-rc.1', 'latest'];
const BAD = [
  ...[
    '..',
    '/',
    '//',
    'a/../b',
    '../../v2/x',
    'a//b',
    '/app',
    'app/',
    '%2e%2e',
    'a%2fb',
    'a?n=1',
    'a#b',
    '_catalog',
  ],
  ...[
    'a:b',
    ':b',
    'a@b',
    `a@${DIGEST}`,
    `@${DIGEST}`,
    DIGEST,
    'regex:.*',
    'keep: latest 1',
    '$1',
    'App',
    ' app',
    '',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'a\u001b[2J',
    'a\nb',
    'a\r',
    '\u202ea',
    'a\0',
    '\ud800',
  ],
  ...[
    'x'.repeat(128),
    'x'.repeat(129),
    'x'.repeat(253),
    'x'.repeat(254),
    'x'.repeat(256),
    '9'.repeat(50_000),
  ],
];

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...GOOD) },
  { weight: 3, arbitrary: fc.constantFrom(...BAD) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...GOOD), fc.constantFrom(...BAD)).map((parts) => parts.join('')),
  },
);
const names = fc.array(name, { maxLength: 8 });
const filter = fc.constantFrom(
  '[]',
  "['regex: .*']",
  "['semver: >=0.0.0', 'keep: latest 2']",
  "['keep:!.*rc.*']",
);
const to = fc.constantFrom('m', 'regex:^/(.*),m/$1', 'regex:^,m');

// A request for something else than a repository of a valid name would have been led astray by a name.
const EXPECTED = /^\/v2\/(?:_catalog|([a-z0-9._/-]+)\/(?:tags\/list|manifests\/[\w.:-]+))?(?:\?|$)/;

describe('planner, fuzzed', () => {
  let source: HttpServer;
  let target: HttpServer;
  let registries: Registries;
  let listed: { repositories: readonly string[]; tags: readonly string[] } = { repositories: [], tags: [] };
  const strange: string[] = [];

  const start = (): Promise<HttpServer> =>
    startHttpServer(({ url = '' }, response) => {
      const [, repository = 'a'] = EXPECTED.exec(url) ?? [];
      if (!EXPECTED.test(url) || !isRepositoryName(repository)) strange.push(url);
      const isList = /\/_catalog|\/tags\/list(?:\?|$)/.test(url);
      response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' });
      response.end(isList ? JSON.stringify(listed) : undefined);
    });

  beforeAll(async () => {
    [source, target] = await Promise.all([start(), start()]);
    registries = createRegistries({ logger: silentLogger, env: {} });
  });

  afterAll(async () => {
    await registries?.close();
    await Promise.all([source?.stop(), target?.stop()]);
  });

  const check = (entries: readonly PlanEntry[]): void => {
    const errors = entries.flatMap((entry) => {
      if (entry.kind === 'failure') return [entry.error];
      return entry.kind === 'image' && entry.drift.error !== undefined ? [entry.drift.error] : [];
    });
    expect(errors.filter((error) => !isSyncError(error) || error.code === 'INTERNAL')).toEqual([]);
    expect(strange).toEqual([]);
  };

  it('copies what a source lists to where its mapping says, and nothing else', async () => {
    const input = fc.record({ repositories: names, tags: names, filter, to });
    const attempt = async (chosen: {
      repositories: string[];
      tags: string[];
      filter: string;
      to: string;
    }) => {
      listed = chosen;
      const hosts = { source: source.host, target: target.host };
      const task = taskOf(`[{from: 'regex:(?s).*', to: '${chosen.to}', tags: ${chosen.filter}}]`, hosts);
      const entries = await planWith(registries, task);
      check(entries);
      const repositories = new Set(chosen.repositories.map((text) => text.replace(/^\/+/, '')));
      const tags = new Set(chosen.tags.filter(isTagName));
      const planned = images(entries);
      for (const { request } of planned) {
        expect(repositories).toContain(request.source.repository);
        expect(tags).toContain(request.source.tag);
        expect(request.source).toMatchObject({ registry: source.host });
        expect(request.target).toEqual({
          registry: target.host,
          repository: `m/${request.source.repository}`,
          tag: request.source.tag,
        });
        expect(request.source.digest).toBeUndefined();
        expect(admitsCopy(task, request)).toBe(true);
      }
      if (chosen.filter !== '[]') return;
      const possible = [...repositories].filter(
        (text) => isRepositoryName(text) && isRepositoryName(`m/${text}`),
      );
      expect(planned.length).toBe(possible.length * tags.size);
    };
    await fc.assert(fc.asyncProperty(input, attempt), inject('fuzz'));
  });
});
