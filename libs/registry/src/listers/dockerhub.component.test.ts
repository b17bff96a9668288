import { type DockerHubOptions, type DockerHubServer, startDockerHub } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { locationOf } from '../credentials/scenario.contract.ts';
import { dockerhub } from './dockerhub.ts';
import { createLister } from './index.ts';
import { describeLister } from './lister.contract.ts';
import type { ListerDeps } from './lister.ts';
import { listerDepsOf } from './scenario.contract.ts';

const PASSWORD = 'p%s"\\: ä';
const LOCATION = locationOf('docker.io', { lister: { type: 'dockerhub' } });

const repository = (name: string, type = 'image') => ({ namespace: 'fleet', name, repository_type: type });

interface Scenario extends AsyncDisposable {
  readonly hub: DockerHubServer;
  readonly deps: ListerDeps;
}

async function open(
  options: Partial<DockerHubOptions> = {},
  more: Parameters<typeof listerDepsOf>[0] = {},
): Promise<Scenario> {
  const hub = await startDockerHub({
    username: 'fleet',
    password: PASSWORD,
    pageSize: 2,
    repositories: ['a', 'b', 'c', 'd', 'e'].map((name) => repository(name)),
    ...options,
  });
  const deps = listerDepsOf({
    env: { REGFLEET_DOCKERHUB_URL: hub.url },
    login: ['fleet', PASSWORD],
    ...more,
  });
  return { hub, deps, [Symbol.asyncDispose]: () => hub.stop() };
}

const list = (deps: ListerDeps, maxItems?: number) =>
  createLister(LOCATION, deps, { cacheDurationMs: 0, ...(maxItems !== undefined && { maxItems }) }).list();

describeLister('registry/listers/dockerhub', async () => {
  const scenario = await open();
  return {
    ...scenario,
    definition: dockerhub,
    location: LOCATION,
    names: ['fleet/a', 'fleet/b', 'fleet/c', 'fleet/d', 'fleet/e'],
    requests: () => scenario.hub.requests.length,
    ruin: async () => scenario.hub.refuse(500),
  };
});

describe('registry/listers/dockerhub', () => {
  it('leaves out what is no image', async () => {
    await using scenario = await open({ repositories: [repository('a'), repository('plug', 'plugin')] });
    expect(await list(scenario.deps)).toEqual(['fleet/a']);
  });

  it('asks for no further page once it has enough names, and keeps those of the last page', async () => {
    await using scenario = await open();
    expect(await list(scenario.deps, 3)).toEqual(['fleet/a', 'fleet/b', 'fleet/c', 'fleet/d']);
  });

  it('logs in once while its token holds', async () => {
    await using scenario = await open();
    await list(scenario.deps);
    await list(scenario.deps);
    expect(scenario.hub.logins).toBe(1);
  });

  it('logs in again when its token has expired', async () => {
    const clock = { ms: Date.now() };
    // One page, since by this clock every later token has expired when it is issued.
    await using scenario = await open({ pageSize: 100 }, { now: () => clock.ms });
    await list(scenario.deps);
    clock.ms += 3_600_000;
    await list(scenario.deps);
    expect(scenario.hub.logins).toBe(2);
  });

  it('logs in with a new password, as of a reloaded config', async () => {
    await using scenario = await open();
    const { env, clouds } = scenario.deps;
    const wrong = listerDepsOf({ env, clouds, login: ['fleet', 'of yesterday'] });
    await expect(list(wrong)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await list(scenario.deps)).toHaveLength(5);
    await expect(list(wrong)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('says that it needs a login', async () => {
    await using scenario = await open();
    const anonymous = listerDepsOf({ env: scenario.deps.env });
    await expect(list(anonymous)).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      registry: 'docker.io',
    });
  });

  it('says that the password is wrong', async () => {
    await using scenario = await open({ password: 'another' });
    await expect(list(scenario.deps)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining('login'),
    });
  });

  it('passes on how long Docker Hub wants to be left alone', async () => {
    await using scenario = await open();
    scenario.hub.refuse(429, { 'retry-after': '17' });
    await expect(list(scenario.deps)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 17_000 });
  });

  it('takes its token to no other server', async () => {
    await using scenario = await open({ nextOrigin: 'http://127.0.0.1:9' });
    await expect(list(scenario.deps)).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining('another server'),
    });
  });
});
