import { describe, expect, it } from 'vitest';
import { parseEcrHost } from './ecr-host.ts';

describe('model/ecr-host', () => {
  it.each([
    ['111111111111.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['111111111111.DKR.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['111111111111.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['111111111111.dkr-ecr.eu-west-1.on.aws', 'eu-west-1'],
    ['111111111111.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'cn-north-1'],
  ])('knows account and region of %s', (host, region) => {
    expect(parseEcrHost(host)).toEqual({ kind: 'private', account: '111111111111', region });
  });

  it('knows the public registry', () => {
    expect(parseEcrHost('public.ecr.aws')).toEqual({ kind: 'public' });
  });

  it.each([
    'docker.io',
    '111111111111.dkr.ecr.eu-west-1.amazonaws.com:443',
    '111111111111.dkr.ecr.eu-west-1.amazonaws.com.de',
    '111111111111.dkr.s3.eu-west-1.amazonaws.com',
    'team.dkr.ecr.eu-west-1.amazonaws.com',
  ])('finds no ECR in %s', (host) => {
    expect(parseEcrHost(host)).toBeUndefined();
  });
});
