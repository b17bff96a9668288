import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startConnectProxy, temporaryFolder } from '@regfleet/harness';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ecrAmbient } from './ecr/provider.ts';
import { google } from './google.ts';
import { depsOf, locationOf, stubCloudEnvironment } from './scenario.contract.ts';

const key = () => ({
  type: 'service_account',
  client_email: 'puller@project.iam.gserviceaccount.com',
  private_key_id: 'key-1',
  private_key: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
});

const AWS_KEY = { AWS_ACCESS_KEY_ID: 'AKIAONE', AWS_SECRET_ACCESS_KEY: 'secret-one' };

describe('registry/credentials, a proxy that lets nobody through to a cloud', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['Google', google, 'europe-docker.pkg.dev'],
    ['AWS', ecrAmbient, '111111111111.dkr.ecr.eu-west-1.amazonaws.com'],
  ])('%s: is named, with what to do about it', async (_cloud, provider, registry) => {
    await using proxy = await startConnectProxy({});
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'google.json');
    await writeFile(file, JSON.stringify(key()));
    stubCloudEnvironment({ ...AWS_KEY, GOOGLE_APPLICATION_CREDENTIALS: file });
    const deps = depsOf({ env: { ...process.env, HTTPS_PROXY: proxy.url } });
    await expect(provider.open(locationOf(registry), deps).get()).rejects.toMatchObject({
      code: 'REQUEST_REFUSED',
      message: expect.stringContaining(`the proxy ${new URL(proxy.url).host} answered 403`),
      hint: expect.stringContaining('NO_PROXY'),
    });
    await deps.clouds.close();
  });
});
