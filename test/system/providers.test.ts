import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Regfleet,
  startAwsServer,
  startAzureServer,
  startConnectProxy,
  startMetadataServer,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const CONFIG = fileURLToPath(new URL('../fixtures/config/valid/every-provider.yaml', import.meta.url));

interface Plan {
  readonly task: string;
  readonly registries: readonly { side: string; provider?: string; error?: object }[];
}

/** Everything that gives credentials, on loopback; the registries themselves are out of reach. */
async function openClouds() {
  const stack = new AsyncDisposableStack();
  const use = async <T extends AsyncDisposable>(started: Promise<T>): Promise<T> => stack.use(await started);
  const aws = await use(
    startAwsServer({
      accounts: { AKIAONE: '111111111111', AKIATWO: '111111111111' },
      roles: { 'arn:aws:iam::222222222222:role/mirror': '222222222222' },
    }),
  );
  const metadata = await use(startMetadataServer());
  const [identity, exchange] = [await use(startAzureServer()), await use(startAzureServer({ tls: true }))];
  // Other registries are not believed to be who they say, which nobody tries twice.
  const proxy = await use(startConnectProxy({ '*': exchange.host }));
  const folder = await use(temporaryFolder());
  await mkdir(join(folder.path, '.aws'));
  const keys = 'aws_access_key_id = AKIATWO\naws_secret_access_key = secret\n';
  await writeFile(join(folder.path, '.aws', 'credentials'), `[staging]\n${keys}`);
  const login = Buffer.from('joe:secret').toString('base64');
  const authFile = join(folder.path, 'auth.json');
  await writeFile(authFile, JSON.stringify({ auths: { 'docker-config.example.com': { auth: login } } }));
  const env = {
    HOME: folder.path,
    XDG_RUNTIME_DIR: '/nonexistent',
    REGISTRY_AUTH_FILE: authFile,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1',
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'AKIAONE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
    GCE_METADATA_HOST: metadata.host,
    METADATA_SERVER_DETECTION: 'assume-present',
    AZURE_TOKEN_CREDENTIALS: 'prod',
    IDENTITY_ENDPOINT: `${identity.url}/msi`,
    IDENTITY_HEADER: 'header',
  };
  return { env, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('system/providers', () => {
  it('shows by plan who answers for each registry of a config with every provider', async () => {
    await using clouds = await openClouds();
    const regfleet = new Regfleet({ config: CONFIG, env: clouds.env });
    const { stdout } = await regfleet.run(['plan', '--json']);
    const plans = JSON.parse(stdout) as Plan[];
    const providers = plans.map(({ task, registries }) => [
      task,
      ...registries.map(({ provider, error }) => provider ?? error),
    ]);
    expect(providers).toEqual([
      ['none', 'anonymous', 'anonymous'],
      ['auth-json', 'auth', 'anonymous'],
      ['auth-pair', 'auth', 'anonymous'],
      ['username-and-password', 'auth', 'anonymous'],
      ['registries', 'auth', 'anonymous'],
      ['password-file', 'password-file', 'anonymous'],
      ['docker-config', 'docker-config', 'anonymous'],
      ['anonymous', 'anonymous', 'anonymous'],
      ['ecr-private', 'ecr', 'ecr'],
      ['ecr-refresh', 'ecr', 'anonymous'],
      ['ecr-china', 'ecr', 'anonymous'],
      ['ecr-public', 'anonymous', 'ecr'],
      ['container-registry', 'google', 'anonymous'],
      ['artifact-registry', 'google', 'anonymous'],
      ['azure', 'azure', 'anonymous'],
    ]);
  });
});
