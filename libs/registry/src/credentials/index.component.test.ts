import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { createCredentialSource, credentialProviders, repositoryCreator } from './index.ts';
import { depsOf, locationOf } from './scenario.contract.ts';

const ECR = '111111111111.dkr.ecr.eu-west-1.amazonaws.com';
const env = { REGISTRY_AUTH_FILE: '/nonexistent/auth.json' };
const basic = { kind: 'basic', username: 'user', password: new Secret('%"\\: é') } as const;
const namesFor = (...location: Parameters<typeof locationOf>): readonly string[] =>
  credentialProviders
    .filter((provider) => provider.appliesTo(locationOf(...location)))
    .map(({ name }) => name);

describe('registry/credentials', () => {
  it.each([
    ['a registry of no cloud', 'reg.example', ['docker-config']],
    ['private ECR', ECR, ['docker-config', 'ecr']],
    ['Artifact Registry', 'europe-docker.pkg.dev', ['docker-config', 'google']],
    ['Azure', 'fleet.azurecr.io', ['docker-config', 'azure']],
  ])('asks for %s, where nothing is configured: logins, then the cloud', (_title, registry, names) => {
    expect(namesFor(registry)).toEqual(names);
  });

  it.each([ECR, 'gcr.io', 'fleet.azurecr.io', 'docker.io'])(
    'offers no identity to %s with auth: none',
    (registry) => {
      expect(namesFor(registry, { auth: { kind: 'anonymous' } })).toEqual(['none']);
    },
  );

  it('uses a configured auth on ECR, unless auth-refresh is set', () => {
    expect(namesFor(ECR, { auth: basic })).toEqual(['auth']);
    expect(namesFor(ECR, { auth: basic, authRefreshMs: 3_600_000 })).toEqual(['ecr', 'auth']);
  });

  it('asks the AWS identity that is written before files of logins, unless an auth is written too', () => {
    const aws = { profile: 'staging' };
    expect(namesFor(ECR, { aws })).toEqual(['ecr', 'docker-config', 'ecr']);
    expect(namesFor(ECR, { aws, auth: basic })).toEqual(['auth']);
    expect(namesFor(ECR, { aws, auth: { kind: 'anonymous' } })).toEqual(['none']);
  });

  it('gives what is configured, unchanged, and names the provider', async () => {
    const source = createCredentialSource(locationOf('reg.example', { auth: basic }), depsOf({ env }));
    expect(await source.get()).toEqual({ username: 'user', secret: basic.password, provider: 'auth' });
  });

  it('has every provider described for operators, in the order in which they are asked', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../../docs/credentials.md'), 'utf8');
    const described = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(described).toEqual(credentialProviders.map(({ name }) => name));
  });

  it('is anonymous where nobody holds anything', async () => {
    const source = createCredentialSource(locationOf('reg.example'), depsOf({ env }));
    expect(await source.get()).toBeUndefined();
  });

  it('is anonymous with an empty user and an empty password', async () => {
    const auth = { kind: 'basic', username: '', password: new Secret('') } as const;
    expect(
      await createCredentialSource(locationOf('gcr.io', { auth }), depsOf({ env })).get(),
    ).toBeUndefined();
  });

  it('makes repositories on ECR only, by one creator for an account', () => {
    const deps = depsOf();
    expect(repositoryCreator(locationOf('reg.example'), deps)).toBeUndefined();
    const [one, other] = [locationOf(ECR), locationOf(`${ECR}/team`)].map((at) =>
      repositoryCreator(at, deps),
    );
    expect(one).toBeDefined();
    expect(other).toBe(one);
  });
});
