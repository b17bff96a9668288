import { type DockerHubServer, startDockerHub } from '@regfleet/harness';
import type { Location } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { locationOf } from '../credentials/scenario.contract.ts';
import { createLister } from './index.ts';
import { index } from './index-search.ts';
import { describeLister } from './lister.contract.ts';
import type { ListerDeps } from './lister.ts';
import { listerDepsOf } from './scenario.contract.ts';

const LISTER = { type: 'index', search: 'jenkins' } as const;
const HUB = locationOf('docker.io', { lister: LISTER });

const RESULTS = [
  { name: 'jenkins', is_official: true },
  { name: 'jenkins/jenkins', is_official: false },
  { name: 'jenkins/jnlp-slave', is_official: false },
];

interface Scenario extends AsyncDisposable {
  readonly server: DockerHubServer;
  readonly deps: ListerDeps;
}

async function open(login?: readonly [string, string]): Promise<Scenario> {
  const server = await startDockerHub({
    username: 'fleet',
    password: 'secret',
    repositories: [],
    searchResults: RESULTS,
  });
  const env = { REGFLEET_INDEX_URL: `${server.url}/v1/` };
  const deps = listerDepsOf({ env, ...(login && { login }) });
  return { server, deps, [Symbol.asyncDispose]: () => server.stop() };
}

const list = (location: Location, deps: ListerDeps, maxItems?: number) =>
  createLister(location, deps, { cacheDurationMs: 0, ...(maxItems !== undefined && { maxItems }) }).list();

describeLister('registry/listers/index-search', async () => {
  const scenario = await open();
  return {
    ...scenario,
    definition: index,
    location: HUB,
    names: ['library/jenkins', 'jenkins/jenkins', 'jenkins/jnlp-slave'],
    requests: () => scenario.server.requests.length,
    ruin: async () => scenario.server.refuse(503),
  };
});

describe('registry/listers/index-search', () => {
  it.each([
    [undefined, 100],
    [500, 100],
    [50, 50],
  ])('says that with a limit of %s its list may lack names from %d on', (maxItems, expected) => {
    const limits = { cacheDurationMs: 0, ...(maxItems !== undefined && { maxItems }) };
    expect(createLister(HUB, listerDepsOf({ env: {} }), limits).maxItems).toBe(expected);
  });

  it.each([
    ['no limit', undefined, '100'],
    ['a limit above what the index takes', 1000, '100'],
    ['a limit within', 50, '50'],
    ['a limit below', 0, '1'],
  ])('asks with %s for as many as the index takes', async (_title, maxItems, n) => {
    await using scenario = await open();
    await list(HUB, scenario.deps, maxItems);
    const query = scenario.server.requests[0]?.query;
    expect(Object.fromEntries(query ?? [])).toEqual({ q: 'jenkins', n });
  });

  it('gives its login, with any character', async () => {
    await using scenario = await open(['fleet', 'p%s"\\: ä']);
    await list(HUB, scenario.deps);
    const header = scenario.server.requests[0]?.headers.authorization ?? '';
    expect(Buffer.from(header.replace('Basic ', ''), 'base64').toString()).toBe('fleet:p%s"\\: ä');
  });

  it('asks the index of another registry, in the clear where verification is waived', async () => {
    await using scenario = await open();
    const location = locationOf(scenario.server.host, {
      lister: LISTER,
      tls: { skipVerify: true, certsDir: '' },
    });
    expect(await list(location, scenario.deps)).toEqual(RESULTS.map(({ name }) => name));
    expect(scenario.server.requests.map(({ path }) => path)).toEqual(['/v1/_ping', '/v1/search']);
  });

  it('does not ask in the clear where verification is wanted', async () => {
    await using scenario = await open();
    const location = locationOf(scenario.server.host, { lister: LISTER });
    await expect(list(location, scenario.deps)).rejects.toMatchObject({ name: 'SyncError' });
    expect(scenario.server.requests).toEqual([]);
  });

  it('says that the registry has no index', async () => {
    await using scenario = await open();
    scenario.server.refuse(404);
    const location = locationOf(scenario.server.host, {
      lister: LISTER,
      tls: { skipVerify: true, certsDir: '' },
    });
    await expect(list(location, scenario.deps)).rejects.toMatchObject({
      code: 'LISTING_UNSUPPORTED',
      registry: scenario.server.host,
    });
  });
});
