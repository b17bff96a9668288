import { type AwsServer, startAwsServer } from '@regfleet/harness';
import { type Location, silentLogger } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { locationOf, stubCloudEnvironment } from '../scenario.contract.ts';
import { EcrAccounts } from './accounts.ts';
import { EcrRepositoryCreator } from './repository-creator.ts';

const ACCOUNT = '111111111111';
const PRIVATE = locationOf(`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`);
const PUBLIC = locationOf('public.ecr.aws', { ecrPublic: { account: ACCOUNT } });

let aws: AwsServer;
let accounts: EcrAccounts;
beforeEach(async () => {
  aws = await startAwsServer({ accounts: { AKIAONE: ACCOUNT }, repositories: ['team/known'] });
  stubCloudEnvironment({
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'AKIAONE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  accounts = new EcrAccounts({}, { limit: 8, maxAgeMs: 25 * 3_600_000 });
});
afterEach(async () => {
  await accounts.close();
  await aws.stop();
  vi.unstubAllEnvs();
});

function creatorOf(location: Location, now: () => number = Date.now): EcrRepositoryCreator {
  const account = accounts.of(location);
  if (account === undefined) throw new Error('not on ECR');
  return new EcrRepositoryCreator(account, { logger: silentLogger, now });
}

describe('registry/credentials/ecr/repository-creator', () => {
  it('makes a missing repository with what is asked for', async () => {
    await creatorOf(PRIVATE).ensure('team/app', {
      tags: { owner: 'fleet' },
      scanOnPush: true,
      immutableTags: true,
      lifecyclePolicy: '{"rules":[]}',
    });
    expect(aws.repositories(ACCOUNT).get('team/app')).toEqual({
      settings: {
        registryId: ACCOUNT,
        repositoryName: 'team/app',
        tags: [{ Key: 'owner', Value: 'fleet' }],
        imageScanningConfiguration: { scanOnPush: true },
        imageTagMutability: 'IMMUTABLE',
      },
      lifecyclePolicy: '{"rules":[]}',
    });
  });

  it('leaves a repository that exists as it is', async () => {
    await creatorOf(PRIVATE).ensure('team/known', { scanOnPush: true, lifecyclePolicy: '{}' });
    expect(aws.operations).toEqual(['DescribeRepositories']);
  });

  it('lets repositories go an hour after it has asked for them', async () => {
    const clock = { ms: 0 };
    const creator = creatorOf(PRIVATE, () => clock.ms);
    for (const name of ['one', 'two', 'three']) await creator.ensure(`team/${name}`);
    expect(creator.size).toBe(3);
    clock.ms += 3_600_000;
    await creator.ensure('team/known');
    expect(creator.size).toBe(1);
  });

  it('asks once for many callers, and again after an hour', async () => {
    const clock = { ms: 1_000_000 };
    const creator = creatorOf(PRIVATE, () => clock.ms);
    await Promise.all([creator.ensure('team/app'), creator.ensure('team/app')]);
    await creator.ensure('team/app');
    expect(aws.operations).toEqual(['DescribeRepositories', 'CreateRepository']);
    clock.ms += 3_600_000;
    await creator.ensure('team/app');
    expect(aws.operations).toHaveLength(3);
  });

  it('takes it for success that somebody else was faster', async () => {
    const creators = [creatorOf(PRIVATE), creatorOf(PRIVATE)];
    await Promise.all(creators.map((creator) => creator.ensure('team/app')));
    aws.failNext({ name: 'RepositoryNotFoundException', status: 400 });
    await creatorOf(PRIVATE).ensure('team/known');
    expect(aws.operations.at(-1)).toBe('CreateRepository');
  });

  it('sets the lifecycle policy later where it failed at first', async () => {
    const creator = creatorOf(PRIVATE);
    const put = creator.ensure('team/app', { lifecyclePolicy: '{"rules":[]}', immutableTags: false });
    aws.failAfter('CreateRepository', { name: 'AccessDeniedException', status: 400 });
    await expect(put).rejects.toMatchObject({ code: 'DENIED', registry: PRIVATE.registry.host });
    await creator.ensure('team/app', { lifecyclePolicy: '{"rules":[]}' });
    expect(aws.repositories(ACCOUNT).get('team/app')?.lifecyclePolicy).toBe('{"rules":[]}');
  });

  it('does not remember a failure', async () => {
    const creator = creatorOf(PRIVATE);
    aws.failNext({ name: 'AccessDeniedException', status: 400 });
    await expect(creator.ensure('team/app')).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('make repository team/app'),
    });
    await creator.ensure('team/app');
    expect(aws.repositories(ACCOUNT).has('team/app')).toBe(true);
  });

  it('makes public repositories without the alias of the path', async () => {
    await creatorOf(PUBLIC).ensure('alias/team/app', { tags: { owner: 'fleet' } });
    expect(aws.repositories(ACCOUNT).get('team/app')?.settings).toMatchObject({ repositoryName: 'team/app' });
  });

  it('says that a public repository needs the alias', async () => {
    await expect(creatorOf(PUBLIC).ensure('app')).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
  });
});
