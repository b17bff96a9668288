import { type Credentials, SyncError } from '@regfleet/model';
import { z } from 'zod';
import type { CredentialDeps } from './deps.ts';
import { issuedToken } from './issued-token.ts';
import { jwtExpiryMs } from './jwt-expiry.ts';
import { outageOf } from './outage.ts';
import type { CredentialProvider } from './provider.ts';
import { RenewingCredentials } from './renewing.ts';
import { requestJson } from './request-json.ts';

const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.azurecr\.(?:io|cn|us)$/;

// The audience of container registries in every cloud:
// https://learn.microsoft.com/azure/container-registry/container-registry-disable-authentication-as-arm
const SCOPE = 'https://containerregistry.azure.net/.default';

// https://learn.microsoft.com/azure/container-registry/container-registry-authentication
const USERNAME = '00000000-0000-0000-0000-000000000000';

const answerSchema = z.object({ refresh_token: z.string().min(1) });

const UNREACHABLE_HINT =
  'can this process reach login.microsoftonline.com, or the managed identity of its machine, and the registry?';

const NO_IDENTITY_HINT =
  'set AZURE_CLIENT_ID with its secret or certificate, use a workload or managed identity, or write "auth: none"';

/**
 * Logins for Azure Container Registry: the token of whoever Azure's own library finds this process to be, exchanged at the
 * registry for a refresh token, which it takes as a password.
 *
 * @see https://azure.github.io/acr/AAD-OAuth.html#calling-post-oauth2exchange-to-get-an-acr-refresh-token
 */
export const azure: CredentialProvider = {
  name: 'azure',
  appliesTo: ({ auth, registry }) => auth.kind === 'ambient' && HOST.test(registry.host),
  open({ registry: { host }, authRefreshMs: maxAgeMs }, deps) {
    const tokens = deps.clouds.shared(`azure ${host} ${maxAgeMs ?? ''}`, () => {
      const question = {
        asked: `azure: the identity endpoint, or the exchange of its token at ${host},`,
        hint: UNREACHABLE_HINT,
        registry: host,
        timeoutMs: deps.loginTimeoutMs,
      };
      const fetch = (signal: AbortSignal) => fetchToken(host, deps, signal);
      return new RenewingCredentials(fetch, { now: deps.now, maxAgeMs, question });
    });
    return { get: ({ signal } = {}) => tokens.get(signal), forget: (refused) => tokens.forget(refused) };
  },
};

async function fetchToken(host: string, deps: CredentialDeps, signal: AbortSignal): Promise<Credentials> {
  const accessToken = await identityToken(host, deps, signal);
  const answer = await requestJson(
    deps.http,
    {
      method: 'POST',
      url: `https://${host}/oauth2/exchange`,
      form: { grant_type: 'access_token', service: host, access_token: accessToken },
      signal,
    },
    { what: 'azure: exchange of the Entra token', registry: host, schema: answerSchema },
  );
  const expiresAtMs = jwtExpiryMs(answer.refresh_token);
  return {
    username: USERNAME,
    secret: issuedToken(answer.refresh_token, {
      what: `azure: the refresh token of ${host}`,
      hint: 'is a proxy answering in its place?',
      registry: host,
    }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

async function identityToken(
  registry: string,
  { clouds }: CredentialDeps,
  abortSignal: AbortSignal,
): Promise<string> {
  try {
    const identity = await clouds.azureIdentity();
    const answer = await identity.getToken(SCOPE, { abortSignal });
    if (answer === null) throw new Error('the identity gave no token');
    return answer.token;
  } catch (error) {
    abortSignal.throwIfAborted();
    throw azureError(error, registry);
  }
}

/**
 * `AuthenticationError` carries the answer of Entra, or a made-up status around the failure of a request; anything else
 * says that no identity could be used.
 */
function azureError(error: unknown, registry: string): SyncError {
  // The chain's message lists every way that was tried, one per line.
  const reason = (error instanceof Error ? error.message : String(error))
    .split('\n')
    .join('; ')
    .slice(0, 500);
  const message = `azure: cannot get an Entra token for ${registry}: ${reason}`;
  const outage = outageOf(error);
  if (outage !== undefined) {
    return new SyncError(outage, { message, hint: UNREACHABLE_HINT, registry, cause: error });
  }
  const httpStatus = statusOf(error);
  const isTheirs = httpStatus !== undefined && (httpStatus === 429 || httpStatus >= 500);
  const code = isTheirs ? 'SERVER_FAILED' : 'UNAUTHORIZED';
  return new SyncError(code, { message, hint: NO_IDENTITY_HINT, registry, httpStatus, cause: error });
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}
