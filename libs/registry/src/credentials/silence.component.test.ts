import { type SilentServer, startSilentServer } from '@regfleet/harness';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../http/proxy.ts';
import { azure } from './azure.ts';
import { ecrAmbient } from './ecr/provider.ts';
import { google } from './google.ts';
import type { CredentialProvider } from './provider.ts';
import { depsOf, locationOf, stubCloudEnvironment } from './scenario.contract.ts';

// Loaded before, so that a wait is for the endpoint alone.
beforeAll(async () => {
  await Promise.all([
    import('google-auth-library'),
    import('@azure/identity'),
    import('@aws-sdk/client-ecr'),
    import('@aws-sdk/credential-providers'),
  ]);
});

let endpoint: SilentServer;
beforeEach(async () => {
  endpoint = await startSilentServer();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await endpoint.stop();
});

interface Case {
  readonly provider: CredentialProvider;
  readonly registry: string;
  readonly environment: (endpoint: SilentServer) => Environment;
}

const METADATA: Case = {
  provider: google,
  registry: 'europe-docker.pkg.dev',
  environment: ({ host }) => ({ GCE_METADATA_HOST: host, METADATA_SERVER_DETECTION: 'assume-present' }),
};
const MANAGED_IDENTITY: Case = {
  provider: azure,
  registry: 'fleet.azurecr.io',
  environment: ({ url }) => ({ IDENTITY_ENDPOINT: `${url}/msi`, IDENTITY_HEADER: 'header' }),
};
const ECR: Case = {
  provider: ecrAmbient,
  registry: '111111111111.dkr.ecr.eu-west-1.amazonaws.com',
  environment: ({ url }) => ({
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'AKIAONE',
    AWS_SECRET_ACCESS_KEY: 'secret-one',
  }),
};

describe('registry/credentials, endpoints that never answer', () => {
  it.each([
    ['google', METADATA],
    ['azure', MANAGED_IDENTITY],
    ['aws', ECR],
  ])('%s: all who wait for the one request are told, and the next one asks again', async (name, known) => {
    const { provider, registry } = known;
    stubCloudEnvironment(known.environment(endpoint));
    const opened = provider.open(locationOf(registry), depsOf({ loginTimeoutMs: 1_000 }));
    const timedOut = {
      code: 'TIMED_OUT',
      kind: 'retryable',
      registry,
      message: expect.stringMatching(new RegExp(`^${name}: .* gave no answer within 1 s$`)),
      hint: expect.stringContaining('reach'),
    };
    const waiters = Array.from({ length: 5 }, () => opened.get());
    for (const waiter of waiters) await expect(waiter).rejects.toMatchObject(timedOut);
    expect(endpoint.requests).toHaveLength(1);
    await expect(opened.get()).rejects.toMatchObject(timedOut);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('google: an endpoint that cannot be reached is no missing identity', async () => {
    stubCloudEnvironment(METADATA.environment(endpoint));
    await endpoint.stop();
    const opened = google.open(locationOf(METADATA.registry), depsOf());
    await expect(opened.get()).rejects.toMatchObject({ code: 'NETWORK_FAILED', registry: METADATA.registry });
  });
});
