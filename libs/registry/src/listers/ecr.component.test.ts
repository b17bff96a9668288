import { type AwsServer, startAwsServer } from '@regfleet/harness';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { locationOf, stubCloudEnvironment } from '../credentials/scenario.contract.ts';
import { ecr, ecrPublic } from './ecr.ts';
import { createLister } from './index.ts';
import { describeLister } from './lister.contract.ts';
import type { ListerDeps } from './lister.ts';
import { listerDepsOf } from './scenario.contract.ts';

const ACCOUNT = '111111111111';
const NAMES = ['team/a', 'team/b', 'team/c', 'd', 'e'];
const PRIVATE = locationOf(`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`);
const PUBLIC = locationOf('public.ecr.aws', { ecrPublic: { account: ACCOUNT } });

interface Scenario extends AsyncDisposable {
  readonly aws: AwsServer;
  readonly deps: ListerDeps;
}

async function open(): Promise<Scenario> {
  const aws = await startAwsServer({
    accounts: { AKIAONE: ACCOUNT },
    repositories: NAMES,
    pageSize: 2,
    publicAlias: 'fleet',
  });
  stubCloudEnvironment({
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'AKIAONE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  const deps = listerDepsOf({});
  const close = async (): Promise<void> => {
    await deps.clouds.close();
    await aws.stop();
  };
  return { aws, deps, [Symbol.asyncDispose]: close };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describeLister('registry/listers/ecr', async () => {
  const scenario = await open();
  return {
    ...scenario,
    definition: ecr,
    location: PRIVATE,
    names: NAMES,
    requests: () => scenario.aws.requests.length,
    ruin: async () => scenario.aws.failNext({ name: 'AccessDeniedException', status: 400, count: 2 }),
  };
});

describeLister('registry/listers/ecr-public', async () => {
  const scenario = await open();
  return {
    ...scenario,
    definition: ecrPublic,
    location: PUBLIC,
    names: NAMES.map((name) => `fleet/${name}`),
    requests: () => scenario.aws.requests.length,
    ruin: async () => scenario.aws.failNext({ name: 'AccessDeniedException', status: 400, count: 2 }),
  };
});

describe('registry/listers/ecr', () => {
  it('asks for no further page once it has enough names', async () => {
    await using scenario = await open();
    const lister = createLister(PRIVATE, scenario.deps, { maxItems: 3, cacheDurationMs: 0 });
    expect(await lister.list()).toEqual(NAMES.slice(0, 4));
    expect(scenario.aws.operations).toEqual(['DescribeRepositories', 'DescribeRepositories']);
  });

  it('says that public ECR can only be listed for an account', async () => {
    await using scenario = await open();
    const lister = createLister(locationOf('public.ecr.aws'), scenario.deps, { cacheDurationMs: 0 });
    await expect(lister.list()).rejects.toMatchObject({
      code: 'LISTING_UNSUPPORTED',
      hint: expect.stringContaining('@public.ecr.aws'),
    });
  });
});
