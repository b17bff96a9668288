import { type Credentials, isSyncError, SyncError } from '@regfleet/model';
import { GoogleIdentity, UNUSABLE_HINT } from './google-identity.ts';
import { outageOf } from './outage.ts';
import type { CredentialProvider } from './provider.ts';
import { RenewingCredentials } from './renewing.ts';

const HOST = /^(?:(?:.+\.)?gcr\.io|.+-docker\.pkg\.dev)$/;

const NO_IDENTITY_HINT =
  'set GOOGLE_APPLICATION_CREDENTIALS, run where a service account is attached, or write "auth: none" for public images';

const UNREACHABLE_HINT =
  'can this process reach the metadata server of its machine, or oauth2.googleapis.com and sts.googleapis.com?';

/**
 * Access tokens for Container Registry and Artifact Registry, of whoever Google's own library finds this process to be:
 * a service-account key, workload identity federation, a user's gcloud login, or the machine's metadata server.
 */
export const google: CredentialProvider = {
  name: 'google',
  appliesTo: ({ auth, registry }) => auth.kind === 'ambient' && HOST.test(registry.host),
  open({ registry, authRefreshMs: maxAgeMs }, deps) {
    const tokens = deps.clouds.shared(`google ${maxAgeMs ?? ''}`, () => {
      const identity = new GoogleIdentity(deps);
      const question = {
        asked: 'google: the metadata server or token endpoint',
        hint: UNREACHABLE_HINT,
        timeoutMs: deps.loginTimeoutMs,
      };
      const fetch = (signal: AbortSignal) => fetchToken(identity, signal);
      return new RenewingCredentials(fetch, { now: deps.now, maxAgeMs, question });
    });
    return {
      async get({ signal } = {}) {
        try {
          return await tokens.get(signal);
        } catch (error) {
          throw isSyncError(error) ? error.located({ registry: registry.host }) : error;
        }
      },
      forget: (refused) => tokens.forget(refused),
    };
  },
};

async function fetchToken(identity: GoogleIdentity, signal: AbortSignal): Promise<Credentials> {
  try {
    return await identity.token(signal);
  } catch (error) {
    signal.throwIfAborted();
    throw isSyncError(error) ? error : googleError(error);
  }
}

// What fetch says of a header that it does not send, at times with all of it.
const UNSENT_HEADER = /invalid header value|ByteString/;

/** Google's library throws plain errors: by HTTP status where the token endpoint answered, else by Node's code. */
function googleError(error: unknown): SyncError {
  if (error instanceof TypeError && UNSENT_HEADER.test(error.message)) {
    const message = 'google: a token on the way to the access token has characters that no request can carry';
    return new SyncError('RESPONSE_INVALID', { message, hint: UNUSABLE_HINT });
  }
  const told = ownErrorIn(error);
  if (told !== undefined) return told;
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
  const outage = outageOf(error);
  if (outage !== undefined) return new SyncError(outage, { message, hint: UNREACHABLE_HINT, cause: error });
  return new SyncError('UNAUTHORIZED', { message, hint: NO_IDENTITY_HINT, cause: error });
}

/** What our own connections said, which the library wraps. */
function ownErrorIn(error: unknown): SyncError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return isSyncError(cause) ? cause : undefined;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
