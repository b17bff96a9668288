import { type Credentials, type Location, SyncError } from '@regfleet/model';
import type { CredentialDeps } from '../deps.ts';
import { issuedToken } from '../issued-token.ts';
import type { CredentialProvider, OpenProvider } from '../provider.ts';
import { RenewingCredentials } from '../renewing.ts';
import type { EcrAccount } from './accounts.ts';
import { type EcrEndpoint, ecrEndpoint } from './endpoint.ts';

/** ECR logins that the operator wrote: by `auth-refresh`, also in place of an `auth`, or by `aws` without one. */
export const ecrConfigured: CredentialProvider = {
  name: 'ecr',
  appliesTo: (location) => isWritten(location) && canLogIn(ecrEndpoint(location)),
  open,
};

/** ECR logins where nothing else is configured: private ECR serves nobody anonymously. */
export const ecrAmbient: CredentialProvider = {
  name: 'ecr',
  appliesTo: (location) => location.auth.kind === 'ambient' && canLogIn(ecrEndpoint(location)),
  open,
};

const isWritten = ({ authRefreshMs, aws, auth }: Location): boolean =>
  authRefreshMs !== undefined || (aws !== undefined && auth.kind === 'ambient');

/** Public ECR is read anonymously unless an account is named. */
const canLogIn = (endpoint: EcrEndpoint | undefined): boolean =>
  endpoint?.kind === 'private' || endpoint?.account !== undefined;

function open(location: Location, deps: CredentialDeps): OpenProvider {
  const account = deps.clouds.ecr.of(location);
  if (account === undefined) return { get: async () => undefined };
  const maxAgeMs = location.authRefreshMs;
  const tokens = deps.clouds.shared(`ecr ${account.key} ${maxAgeMs ?? ''}`, () => {
    const { host, region } = account.endpoint;
    const question = {
      asked: `aws: the API of ECR in region ${region}, or who gives this process its AWS credentials for ${host},`,
      hint: 'are the APIs of ECR and STS, and the metadata service of this machine, reachable from here?',
      registry: host,
      timeoutMs: deps.loginTimeoutMs,
    };
    const fetch = (signal: AbortSignal) => fetchToken(account, signal);
    return new RenewingCredentials(fetch, { now: deps.now, maxAgeMs, question });
  });
  return { get: ({ signal } = {}) => tokens.get(signal), forget: (refused) => tokens.forget(refused) };
}

async function fetchToken(account: EcrAccount, signal: AbortSignal): Promise<Credentials> {
  const { login, expiresAtMs } = await account.call('get a token', (api) => api.token(signal), signal);
  const text = Buffer.from(login, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const registry = account.endpoint.host;
  const what = `aws: the token for ${registry}`;
  const hint = 'is AWS_ENDPOINT_URL set to something that is not AWS?';
  if (colon <= 0) {
    const message = `${what} is not user:password in base64`;
    throw new SyncError('RESPONSE_INVALID', { message, hint, registry });
  }
  return {
    username: text.slice(0, colon),
    secret: issuedToken(text.slice(colon + 1), { what, hint, registry }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}
