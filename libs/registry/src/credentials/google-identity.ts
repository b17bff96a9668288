import { type Credentials, unlessAborted } from '@regfleet/model';
import type { AuthClient, GoogleAuth } from 'google-auth-library';
import type { CredentialDeps } from './deps.ts';
import { googleKeyFile } from './google-key-file.ts';
import { issuedToken } from './issued-token.ts';

// Artifact Registry takes no narrower scope: https://cloud.google.com/artifact-registry/docs/docker/authentication#token
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

// The library asks Google for the project of a federated identity unless it is told one; tokens do not depend on it.
const ANY_PROJECT = 'unused';

/** Of an answer that no token can be. */
export const UNUSABLE_HINT =
  'does GOOGLE_APPLICATION_CREDENTIALS, or GCE_METADATA_HOST, lead to something that is not Google?';

/** Whoever Google's library finds this process to be, found once and again when its file is replaced. */
export class GoogleIdentity {
  readonly #deps: Pick<CredentialDeps, 'clouds' | 'env' | 'fetch'>;
  readonly #keyFile: ReturnType<typeof googleKeyFile> | undefined;
  #found: { readonly auth: GoogleAuth; readonly key: object | undefined } | undefined;

  constructor(deps: Pick<CredentialDeps, 'clouds' | 'env' | 'fetch'>) {
    this.#deps = deps;
    const path = deps.env.GOOGLE_APPLICATION_CREDENTIALS;
    this.#keyFile = path ? googleKeyFile(path) : undefined;
  }

  /**
   * A new access token.
   *
   * @throws {SyncError} `CREDENTIALS_INVALID` for the file; else what the library throws, or the reason of `signal`.
   */
  async token(signal: AbortSignal): Promise<Credentials> {
    try {
      return await unlessAborted(this.#token(), signal);
    } catch (error) {
      // The library lets later requests wait for one that hangs, and remembers for the whole process that no metadata
      // server answered in time.
      this.#found = undefined;
      const { gcpMetadata } = await import('google-auth-library');
      gcpMetadata.resetIsAvailableCache();
      throw error;
    }
  }

  async #token(): Promise<Credentials> {
    const client = await this.#client();
    // What it gave last may be the token that a registry refused.
    client.setCredentials({ ...client.credentials, access_token: null, expiry_date: 1 });
    const { token } = await client.getAccessToken();
    if (!token) throw new Error('the answer holds no token');
    const expiresAtMs = client.credentials.expiry_date;
    const secret = issuedToken(token, { what: 'google: the access token', hint: UNUSABLE_HINT });
    return { username: 'oauth2accesstoken', secret, ...(expiresAtMs && { expiresAtMs }) };
  }

  async #client(): Promise<AuthClient> {
    const key = await this.#keyFile?.read();
    const { GoogleAuth, gaxios } = await import('google-auth-library');
    if (this.#found === undefined || this.#found.key !== key) {
      const { clouds, fetch: fetchImplementation = clouds.fetch } = this.#deps;
      // The metadata server is asked by the library's shared transport, which would ask a proxy for it.
      gaxios.instance.defaults = { ...gaxios.instance.defaults, fetchImplementation: clouds.directFetch };
      const auth = new GoogleAuth({
        scopes: SCOPE,
        projectId: ANY_PROJECT,
        clientOptions: { transporterOptions: { fetchImplementation } },
      });
      this.#found = { auth, key };
    }
    return await this.#found.auth.getClient();
  }
}
