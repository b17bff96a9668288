import { type AzureServer, startAzureServer } from '@regfleet/harness';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { azure } from './azure.ts';
import type { CredentialDeps } from './deps.ts';
import { describeCredentialProvider } from './provider.contract.ts';
import { depsOf, locationOf, loopbackHttp, stubCloudEnvironment } from './scenario.contract.ts';

const REGISTRY = 'fleet.azurecr.io';

interface Scenario extends AsyncDisposable {
  readonly cloud: AzureServer;
  readonly deps: CredentialDeps;
}

async function openAzure(more: Partial<CredentialDeps> = {}): Promise<Scenario> {
  const cloud = await startAzureServer();
  stubCloudEnvironment({ IDENTITY_ENDPOINT: `${cloud.url}/msi`, IDENTITY_HEADER: 'header' });
  const deps = depsOf({ http: loopbackHttp({ [`https://${REGISTRY}`]: cloud.url }), ...more });
  return { cloud, deps, [Symbol.asyncDispose]: () => cloud.stop() };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describeCredentialProvider('registry/credentials/azure', async () => {
  const scenario = await openAzure();
  const { cloud } = scenario;
  return {
    ...scenario,
    provider: azure,
    location: locationOf(REGISTRY),
    username: '00000000-0000-0000-0000-000000000000',
    password: () => cloud.refreshTokens.at(-1),
    rotate: async () => undefined,
    ruin: async () => cloud.refuse(401),
  };
});

describe('registry/credentials/azure', () => {
  it('exchanges the token of the managed identity for one of the registry', async () => {
    await using scenario = await openAzure();
    await azure.open(locationOf(REGISTRY), scenario.deps).get();
    const form = new URLSearchParams(scenario.cloud.requests.at(-1)?.body);
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'access_token',
      service: REGISTRY,
      access_token: 'entra https://containerregistry.azure.net',
    });
  });

  it('renews before the expiry in the refresh token', async () => {
    const clock = { ms: Date.now() };
    await using scenario = await openAzure({ now: () => clock.ms });
    const provider = azure.open(locationOf(REGISTRY), scenario.deps);
    await provider.get();
    clock.ms += 3 * 3_600_000 - 60_000;
    await provider.get();
    expect(scenario.cloud.refreshTokens).toHaveLength(2);
  });

  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [429, 'RATE_LIMITED'],
    [503, 'SERVER_FAILED'],
  ])('classifies %i of the exchange as %s', async (status, code) => {
    await using scenario = await openAzure();
    scenario.cloud.refuse(status);
    await expect(azure.open(locationOf(REGISTRY), scenario.deps).get()).rejects.toMatchObject({
      code,
      registry: REGISTRY,
      httpStatus: status,
    });
  });

  it.each([
    ['fleet.azurecr.io', true],
    ['fleet.azurecr.cn', true],
    ['fleet.azurecr.us', true],
    ['azurecr.io.example.com', false],
    ['fleet.azurecr.io:5000', false],
  ])('applies to %s: %s', (registry, applies) => {
    expect(azure.appliesTo(locationOf(registry))).toBe(applies);
  });
});
