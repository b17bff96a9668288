import { describe, expect, it } from 'vitest';
import { parseEcrRegistry } from './ecr.ts';

describe('config/ecr', () => {
  it.each([
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
  ])('knows the private registry %s', (registry) => {
    expect(parseEcrRegistry(registry)).toEqual({ registry });
  });

  it.each([
    ['public.ecr.aws', undefined],
    ['123@public.ecr.aws', { account: '123' }],
    ['123:us-east-1@public.ecr.aws', { account: '123', region: 'us-east-1' }],
  ])('knows the public registry %s, and takes the account off', (registry, publicAccount) => {
    expect(parseEcrRegistry(registry)).toEqual({
      registry: 'public.ecr.aws',
      ...(publicAccount && { publicAccount }),
    });
  });

  it.each([
    'docker.io',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com:443',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/team',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com.de',
    '123456789012.dkr.s3.eu-central-1.amazonaws.com',
    'public.ecr.aws/alias',
  ])('finds no ECR in %s', (registry) => {
    expect(parseEcrRegistry(registry)).toBeUndefined();
  });
});
