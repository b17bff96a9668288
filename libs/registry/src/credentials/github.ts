import { type Credentials, isSyncError, SyncError } from '@regfleet/model';
import { z } from 'zod';
import { hostReach } from '../http/address-reach.ts';
import type { HttpClient } from '../http/contract.ts';
import { isHeaderValue } from '../http/header-value.ts';
import { bareHost } from '../http/no-proxy.ts';
import type { CredentialDeps } from './deps.ts';
import { issuedToken } from './issued-token.ts';
import { jwtExpiryMs } from './jwt-expiry.ts';
import { outageOf } from './outage.ts';
import type { CredentialProvider } from './provider.ts';
import { RenewingCredentials } from './renewing.ts';
import { requestJson } from './request-json.ts';

const answerSchema = z.object({ value: z.string().min(1) });

const JOB_HINT =
  'give the job "permissions: id-token: write", and hand ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN on to a container by -e';

const REFUSED_HINT =
  'does the job still run, with "permissions: id-token: write"? What it asks with is worth nothing after its end';

const ISSUER_HINT =
  'does ACTIONS_ID_TOKEN_REQUEST_URL lead to the issuer of tokens, and can this process reach it?';

interface Asked {
  readonly registry: string;
  readonly audience: string;
}

/**
 * A user from the config with the ID token that GitHub gives the job of a workflow, made out to an audience, as password.
 *
 * @see https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
export const github: CredentialProvider = {
  name: 'github',
  appliesTo: ({ auth }) => auth.kind === 'github',
  open({ auth, registry: { host: registry } }, deps) {
    if (auth.kind !== 'github') return { get: async () => undefined };
    const { username, audience } = auth;
    const tokens = deps.clouds.shared(`github ${JSON.stringify([registry, username, audience])}`, () => {
      const question = {
        asked: `github: the issuer of ID tokens, asked for ${registry},`,
        hint: ISSUER_HINT,
        registry,
        timeoutMs: deps.loginTimeoutMs,
      };
      const fetch = async (signal: AbortSignal): Promise<Credentials> => ({
        username,
        ...(await fetchToken({ registry, audience }, deps, signal)),
      });
      return new RenewingCredentials(fetch, { now: deps.now, question });
    });
    return { get: ({ signal } = {}) => tokens.get(signal), forget: (refused) => tokens.forget(refused) };
  },
};

async function fetchToken(
  { registry, audience }: Asked,
  { env, clouds }: CredentialDeps,
  signal: AbortSignal,
): Promise<Omit<Credentials, 'username'>> {
  const requestToken = env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (!env.ACTIONS_ID_TOKEN_REQUEST_URL || !requestToken || !isHeaderValue(requestToken)) {
    throw new SyncError('CREDENTIALS_INVALID', {
      message: `github: no ID token can be had for ${registry}: this process is not told by ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN how to ask for one`,
      hint: JOB_HINT,
      registry,
    });
  }
  const url = issuerUrl(env.ACTIONS_ID_TOKEN_REQUEST_URL, registry);
  url.searchParams.set('audience', audience);
  const headers = { authorization: `Bearer ${requestToken}`, accept: 'application/json' };
  const question = { what: 'github: the ID token', registry, schema: answerSchema };
  const http = issuerClient(clouds.fetch, registry);
  const answer = await requestJson(http, { method: 'GET', url: url.href, headers, signal }, question).catch(
    (error: unknown) => {
      throw withOwnHint(error);
    },
  );
  const what = `github: the ID token for ${registry}`;
  const secret = issuedToken(answer.value, { what, hint: ISSUER_HINT, registry });
  const expiresAtMs = jwtExpiryMs(answer.value);
  if (expiresAtMs !== undefined) return { secret, expiresAtMs };
  throw new SyncError('RESPONSE_INVALID', {
    message: `${what} does not say when it expires, so that it is none`,
    hint: ISSUER_HINT,
    registry,
  });
}

/** What asks for tokens is a secret itself: it goes to no host unprotected but this machine. */
function issuerUrl(text: string, registry: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const reach = url && hostReach(bareHost(url.hostname));
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && reach === 'loopback');
  if (url !== undefined && isSafe && reach !== 'metadata' && reach !== 'link-local') return url;
  throw new SyncError('CREDENTIALS_INVALID', {
    message: `github: ACTIONS_ID_TOKEN_REQUEST_URL is no address that may be asked for an ID token for ${registry}`,
    hint: 'GitHub sets it to an https:// URL; has something overwritten it?',
    registry,
  });
}

/** The issuer is no part of a registry, whose TLS settings say nothing of it; a redirect is an answer, so that nothing is sent elsewhere. */
function issuerClient(fetch: CredentialDeps['clouds']['fetch'], registry: string): HttpClient {
  return {
    async request({ method, url, headers = {}, signal = null }) {
      try {
        const answer = await fetch(url, { method, headers, signal });
        const { status } = answer;
        return { status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
      } catch (error) {
        signal?.throwIfAborted();
        if (isSyncError(error)) throw error.located({ registry });
        throw new SyncError(outageOf(error) ?? 'NETWORK_FAILED', {
          message: `github: the issuer of ID tokens at ${new URL(url).host} cannot be asked for ${registry}`,
          hint: ISSUER_HINT,
          registry,
          cause: error,
        });
      }
    },
  };
}

function withOwnHint(error: unknown): unknown {
  if (!isSyncError(error) || (error.code !== 'UNAUTHORIZED' && error.code !== 'DENIED')) return error;
  const { message, registry, httpStatus } = error;
  return new SyncError(error.code, { message, hint: REFUSED_HINT, registry, httpStatus });
}
