import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  startGoogleTokenServer,
  startMetadataServer,
  type TemporaryFolder,
  temporaryFolder,
} from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { google } from './google.ts';
import { describeCredentialProvider } from './provider.contract.ts';
import { depsOf, locationOf, reroute, stubCloudEnvironment } from './scenario.contract.ts';

const REGISTRY = 'europe-docker.pkg.dev';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder.stop();
});

async function openMetadata(options: Parameters<typeof startMetadataServer>[0] = {}) {
  const metadata = await startMetadataServer(options);
  stubCloudEnvironment({ GCE_METADATA_HOST: metadata.host, METADATA_SERVER_DETECTION: 'assume-present' });
  return metadata;
}

/** Google's library knows one token endpoint, whatever a key says; its requests are led to `url`. */
async function useTokenServer() {
  const server = await startGoogleTokenServer();
  const routes = { 'https://oauth2.googleapis.com': server.url };
  const rerouted: typeof fetch = (input, init) =>
    fetch(reroute(input instanceof Request ? input.url : String(input), routes), init);
  return { ...server, deps: depsOf({ fetch: rerouted }) };
}

async function useCredentialFile(content: string | object): Promise<void> {
  const file = join(folder.path, 'google.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  stubCloudEnvironment({ GOOGLE_APPLICATION_CREDENTIALS: file });
}

const serviceAccount = () => ({
  type: 'service_account',
  client_email: 'puller@project.iam.gserviceaccount.com',
  private_key_id: 'key-1',
  private_key: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
});

const get = (deps = depsOf()) => google.open(locationOf(REGISTRY), deps).get();

describeCredentialProvider('registry/credentials/google', async () => {
  const metadata = await openMetadata();
  return {
    provider: google,
    location: locationOf(REGISTRY),
    deps: depsOf(),
    username: 'oauth2accesstoken',
    password: () => metadata.tokens.at(-1),
    rotate: async () => undefined,
    ruin: () => metadata.stop(),
    [Symbol.asyncDispose]: () => metadata.stop(),
  };
});

describe('registry/credentials/google', () => {
  it('shares one token among all Google registries, and renews it before it expires', async () => {
    await using metadata = await openMetadata();
    const clock = { ms: Date.now() };
    const deps = depsOf({ now: () => clock.ms });
    const providers = ['gcr.io', 'eu.gcr.io', REGISTRY].map((host) => google.open(locationOf(host), deps));
    await Promise.all(providers.map((provider) => provider.get()));
    expect(metadata.tokens).toHaveLength(1);
    clock.ms += 3_598_000;
    await Promise.all(providers.map((provider) => provider.get()));
    expect(metadata.tokens).toHaveLength(2);
  });

  it('looks once for who this process is, however many tokens it fetches', async () => {
    await using server = await useTokenServer();
    await useCredentialFile(serviceAccount());
    const provider = google.open(locationOf(REGISTRY), server.deps);
    const first = await provider.get();
    provider.forget?.();
    const second = await provider.get();
    expect([first, second].map((each) => each?.secret.reveal())).toEqual([
      'service-account-token-1',
      'service-account-token-2',
    ]);
    expect(server.requests).toHaveLength(2);
  });

  it('asks the token endpoint by the proxy of the environment, and the metadata server directly', async () => {
    await using metadata = await openMetadata();
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    expect((await get())?.secret.reveal()).toBe(metadata.tokens.at(-1));
    await useCredentialFile(serviceAccount());
    await expect(get(depsOf({ env: { ...process.env } }))).rejects.toMatchObject({
      code: 'NETWORK_FAILED',
      message: expect.stringContaining('127.0.0.1:9'),
    });
  });

  it('signs in with the key of a service account', async () => {
    await using server = await useTokenServer();
    await useCredentialFile(serviceAccount());
    expect((await get(server.deps))?.secret.reveal()).toBe('service-account-token-1');
    const form = new URLSearchParams(server.requests[0]?.body);
    const claims = Buffer.from(form.get('assertion')?.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(claims)).toMatchObject({ scope: 'https://www.googleapis.com/auth/cloud-platform' });
  });

  it('follows a key file that is replaced', async () => {
    await using server = await useTokenServer();
    await useCredentialFile(serviceAccount());
    const provider = google.open(locationOf(REGISTRY), server.deps);
    await provider.get();
    await useCredentialFile({ ...serviceAccount(), client_email: 'other@project.iam.gserviceaccount.com' });
    provider.forget?.();
    await provider.get();
    const assertion = new URLSearchParams(server.requests[1]?.body).get('assertion') ?? '';
    expect(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()).toContain('other@project');
  });

  it('exchanges a foreign token by workload identity federation', async () => {
    await using server = await useTokenServer();
    const token = join(folder.path, 'token');
    await writeFile(token, 'kubernetes-token');
    await useCredentialFile({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.url}/sts`,
      credential_source: { file: token },
    });
    expect((await get(server.deps))?.secret.reveal()).toBe('federated-token-1');
    expect(new URLSearchParams(server.requests[0]?.body).get('subject_token')).toBe('kubernetes-token');
  });

  it('says that no identity is there, instead of becoming anonymous', async () => {
    stubCloudEnvironment({});
    await expect(get()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      registry: REGISTRY,
      hint: expect.stringContaining('auth: none'),
    });
  });

  it('says that the machine has no service account', async () => {
    await using _metadata = await openMetadata({ hasServiceAccount: false });
    await expect(get()).rejects.toMatchObject({ code: 'UNAUTHORIZED', registry: REGISTRY });
  });

  it.each([
    [400, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [503, 'SERVER_FAILED'],
  ])('classifies %i of the token endpoint as %s', async (status, code) => {
    await using server = await useTokenServer();
    await useCredentialFile(serviceAccount());
    server.refuse(status);
    await expect(get(server.deps)).rejects.toMatchObject({ code, httpStatus: status });
  });

  it.each([
    ['broken JSON', '{"private_key": "s3cret'],
    ['another object', '{"type":"s3cret"}'],
  ])('refuses a key file with %s without quoting it', async (_title, content) => {
    await useCredentialFile(content);
    await expect(get()).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' });
    await expect(get()).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') });
  });

  it('says that a key file is missing', async () => {
    stubCloudEnvironment({ GOOGLE_APPLICATION_CREDENTIALS: join(folder.path, 'absent.json') });
    await expect(get()).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      message: expect.stringContaining('absent.json'),
    });
  });

  it.each([
    ['gcr.io', true],
    ['eu.gcr.io', true],
    ['europe-west1-docker.pkg.dev', true],
    ['agcr.io', false],
    ['gcr.io.example.com', false],
  ])('applies to %s: %s', (registry, applies) => {
    expect(google.appliesTo(locationOf(registry))).toBe(applies);
  });
});
