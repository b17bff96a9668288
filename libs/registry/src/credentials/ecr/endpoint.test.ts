import { type Location, parseRegistryName } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { ecrEndpoint } from './endpoint.ts';

const location = (registry: string, ecrPublic?: Location['ecrPublic']): Location => ({
  registry: parseRegistryName(registry),
  auth: { kind: 'ambient' },
  tls: { skipVerify: false, certsDir: '' },
  ...(ecrPublic && { ecrPublic }),
});

describe('registry/credentials/ecr/endpoint', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['123456789012.dkr-ecr.us-west-2.on.aws', 'us-west-2'],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/team', 'eu-west-1'],
  ])('takes the account and the region from %s', (registry, region) => {
    expect(ecrEndpoint(location(registry))).toMatchObject({
      kind: 'private',
      account: '123456789012',
      region,
    });
  });

  it.each([
    'docker.io',
    'public.ecr.aws.example.com',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com:443',
    'team.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.com',
  ])('does not take %s for ECR', (registry) => {
    expect(ecrEndpoint(location(registry))).toBeUndefined();
  });

  it('knows public ECR with and without an account', () => {
    expect(ecrEndpoint(location('public.ecr.aws'))).toEqual({
      kind: 'public',
      host: 'public.ecr.aws',
      region: 'us-east-1',
    });
    expect(ecrEndpoint(location('public.ecr.aws', { account: '1', region: 'us-west-2' }))).toEqual({
      kind: 'public',
      host: 'public.ecr.aws',
      account: '1',
      region: 'us-west-2',
    });
  });
});
