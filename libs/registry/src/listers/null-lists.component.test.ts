import { scriptedRegistry } from '@regfleet/harness';
import type { Location } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { locationOf } from '../credentials/scenario.contract.ts';
import { createLister } from './index.ts';
import { listerDepsOf } from './scenario.contract.ts';

type Lister = NonNullable<Location['lister']>;

describe('registry/listers/null-lists', () => {
  it.each<[string, Lister, string]>([
    ['a search', { type: 'index', search: 'jenkins' }, '/v1/search'],
    ['Docker Hub’s list', { type: 'dockerhub' }, '/v2/repositories/fleet/'],
  ])(
    'takes null in %s for nothing found, and an answer with errors or without a list for none',
    async (_, lister, path) => {
      await using server = await scriptedRegistry([
        {
          method: 'POST',
          path: /login/,
          times: 'any',
          response: { status: 200, body: { token: 'a.b.c' } },
        },
        {
          method: 'GET',
          path,
          nextState: 'asked',
          inState: 'start',
          response: { status: 200, body: { results: null } },
        },
        {
          method: 'GET',
          path,
          inState: 'asked',
          nextState: 'asked again',
          response: { status: 200, body: {} },
        },
        {
          method: 'GET',
          path,
          inState: 'asked again',
          response: { status: 200, body: { errors: ['no database'], results: null } },
        },
      ]);
      const env = { REGFLEET_DOCKERHUB_URL: server.url, REGFLEET_INDEX_URL: `${server.url}/v1/` };
      const deps = listerDepsOf({ env, login: ['fleet', 'secret'] });
      const list = () =>
        createLister(locationOf('docker.io', { lister }), deps, { cacheDurationMs: 0 }).list();
      expect(await list()).toEqual([]);
      await expect(list()).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
      await expect(list()).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    },
  );
});
