import { type Credentials, isSyncError, Secret, SyncError } from '@regfleet/model';
import type { CredentialDeps } from './deps.ts';
import { checkGoogleKeyFile } from './google-key-file.ts';
import type { CredentialProvider } from './provider.ts';
import { registryHost } from './registry-host.ts';
import { RenewingCredentials } from './renewing.ts';

// Artifact Registry takes no narrower scope: https://cloud.google.com/artifact-registry/docs/docker/authentication#token
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

const HOST = /^(?:(?:.+\.)?gcr\.io|.+-docker\.pkg\.dev)$/;

const NO_IDENTITY_HINT =
  'set GOOGLE_APPLICATION_CREDENTIALS, run where a service account is attached, or write "auth: none" for public images';

/**
 * Access tokens for Container Registry and Artifact Registry, of whoever Google's own library finds this process to be:
 * a service-account key, workload identity federation, a user's gcloud login, or the machine's metadata server.
 */
export const google: CredentialProvider = {
  name: 'google',
  appliesTo: ({ auth, registry }) => auth.kind === 'ambient' && HOST.test(registryHost(registry)),
  open({ registry, authRefreshMs: maxAgeMs }, deps) {
    const tokens = deps.clouds.shared(
      `google ${maxAgeMs ?? ''}`,
      () => new RenewingCredentials(() => fetchToken(deps), { now: deps.now, maxAgeMs }),
    );
    return {
      async get(signal) {
        try {
          return await tokens.get(signal);
        } catch (error) {
          throw isSyncError(error) ? error.located({ registry: registryHost(registry) }) : error;
        }
      },
      forget: () => tokens.forget(),
    };
  },
};

// The library asks Google for the project of a federated identity unless it is told one; tokens do not depend on it.
const ANY_PROJECT = 'unused';

/** Resolves the identity each time: its file may have been replaced since the last token, an hour ago. */
async function fetchToken({ env, fetch }: CredentialDeps): Promise<Credentials> {
  const keyFilename = env.GOOGLE_APPLICATION_CREDENTIALS;
  if (keyFilename) await checkGoogleKeyFile(keyFilename);
  const { GoogleAuth } = await import('google-auth-library');
  try {
    const auth = new GoogleAuth({
      scopes: SCOPE,
      projectId: ANY_PROJECT,
      ...(fetch && { clientOptions: { transporterOptions: { fetchImplementation: fetch } } }),
    });
    const client = await auth.getClient();
    const { token } = await client.getAccessToken();
    if (!token) throw new Error('the answer holds no token');
    const expiresAtMs = client.credentials.expiry_date;
    return {
      username: 'oauth2accesstoken',
      secret: new Secret(token),
      ...(expiresAtMs && { expiresAtMs }),
    };
  } catch (error) {
    throw googleError(error);
  }
}

/** Google's library throws plain errors: by HTTP status where the token endpoint answered, else by Node's code. */
function googleError(error: unknown): SyncError {
  const status = statusOf(error);
  const message = `google: cannot get an access token: ${error instanceof Error ? error.message : String(error)}`;
  if (status !== undefined && (status === 429 || status >= 500)) {
    return new SyncError('SERVER_FAILED', { message, httpStatus: status, cause: error });
  }
  if (status !== undefined) {
    const hint = 'is the key still valid, and may this identity be used here?';
    return new SyncError(status === 403 ? 'DENIED' : 'UNAUTHORIZED', {
      message,
      hint,
      httpStatus: status,
      cause: error,
    });
  }
  if (isNetworkFailure(error)) return new SyncError('NETWORK_FAILED', { message, cause: error });
  return new SyncError('UNAUTHORIZED', { message, hint: NO_IDENTITY_HINT, cause: error });
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

const NETWORK_CODE = /^(?:E(?:CONN|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE|TIMEDOUT)|UND_ERR)/;

function isNetworkFailure(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && NETWORK_CODE.test(String(at.code))) return true;
  }
  return false;
}
