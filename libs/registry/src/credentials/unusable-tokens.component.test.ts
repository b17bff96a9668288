import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HttpServer, startHttpServer, temporaryFolder } from '@regfleet/harness';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../http/proxy.ts';
import { azure } from './azure.ts';
import { ecrAmbient } from './ecr/provider.ts';
import { google } from './google.ts';
import type { CredentialProvider } from './provider.ts';
import { depsOf, locationOf, loopbackHttp, stubCloudEnvironment } from './scenario.contract.ts';

const SECRET = 'no-secret-is-told';
const TOKEN = `first-line\n${SECRET}\u0100`;

const AWS_REGISTRY = '111111111111.dkr.ecr.eu-west-1.amazonaws.com';
const AWS_KEY = { AWS_ACCESS_KEY_ID: 'AKIAONE', AWS_SECRET_ACCESS_KEY: 'secret-one' };
const login = Buffer.from(`AWS:${TOKEN}`).toString('base64');

/** What every endpoint of the clouds answers, by the end of its path. */
const ANSWERS: Readonly<Record<string, object>> = {
  '/msi': { access_token: 'entra', expires_on: '4000000000', resource: 'r', token_type: 'Bearer' },
  '/exchange': { refresh_token: TOKEN },
  '/token': { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' },
  '/': { authorizationData: [{ authorizationToken: login }] },
};

const startCloud = (): Promise<HttpServer> =>
  startHttpServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const end = Object.keys(ANSWERS).find((each) => path.endsWith(each)) ?? '';
    response.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' });
    response.end(JSON.stringify(ANSWERS[end] ?? {}));
  });

interface Case {
  readonly provider: CredentialProvider;
  readonly registry: string;
  readonly code: string;
  readonly environment: (cloud: HttpServer, folder: string) => Promise<Environment> | Environment;
}

const impersonated = ({ url }: HttpServer, folder: string): object => ({
  type: 'external_account',
  audience: 'audience',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: `${url}/token`,
  service_account_impersonation_url: `${url}/impersonate`,
  credential_source: { file: join(folder, 'subject') },
});

const CASES: Readonly<Record<string, Case>> = {
  'the API of ECR': {
    provider: ecrAmbient,
    registry: AWS_REGISTRY,
    code: 'RESPONSE_INVALID',
    environment: ({ url }) => ({ AWS_ENDPOINT_URL: url, ...AWS_KEY }),
  },
  'whoever gives AWS credentials': {
    provider: ecrAmbient,
    registry: AWS_REGISTRY,
    code: 'UNAUTHORIZED',
    environment: ({ url }) => ({ AWS_ENDPOINT_URL: url, ...AWS_KEY, AWS_SESSION_TOKEN: TOKEN }),
  },
  'the metadata server of Google': {
    provider: google,
    registry: 'europe-docker.pkg.dev',
    code: 'RESPONSE_INVALID',
    environment: ({ host }) => ({ GCE_METADATA_HOST: host, METADATA_SERVER_DETECTION: 'assume-present' }),
  },
  "Google's token exchange on the way to another account": {
    provider: google,
    registry: 'europe-docker.pkg.dev',
    code: 'RESPONSE_INVALID',
    environment: async (cloud, folder) => {
      const file = join(folder, 'google.json');
      await writeFile(join(folder, 'subject'), 'subject');
      await writeFile(file, JSON.stringify(impersonated(cloud, folder)));
      return { GOOGLE_APPLICATION_CREDENTIALS: file };
    },
  },
  'the exchange of a registry on Azure': {
    provider: azure,
    registry: 'fleet.azurecr.io',
    code: 'RESPONSE_INVALID',
    environment: ({ url }) => ({ IDENTITY_ENDPOINT: `${url}/msi`, IDENTITY_HEADER: 'header' }),
  },
};

describe('registry/credentials, tokens that no request can carry', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each(Object.entries(CASES))(
    'are refused where they come in, unquoted: from %s',
    async (_from, known) => {
      await using cloud = await startCloud();
      await using folder = await temporaryFolder();
      stubCloudEnvironment(await known.environment(cloud, folder.path));
      const { provider, registry, code } = known;
      const http = loopbackHttp({ [`https://${registry}`]: cloud.url });
      const deps = depsOf({ http });
      const failure: unknown = await provider
        .open(locationOf(registry), deps)
        .get()
        .catch((error: unknown) => error);
      await deps.clouds.close();
      expect(failure).toMatchObject({ code, registry, hint: expect.any(String) });
      expect(String(failure)).not.toContain(SECRET);
    },
  );
});
