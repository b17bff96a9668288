import { createHash } from 'node:crypto';
import {
  type Credentials,
  isSyncError,
  keepToken,
  type Location,
  outsideList,
  Secret,
  SyncError,
} from '@regfleet/model';
import { z } from 'zod';
import { jwtExpiryMs } from '../credentials/jwt-expiry.ts';
import { RenewingCredentials } from '../credentials/renewing.ts';
import { requestJson } from '../credentials/request-json.ts';
import { isHeaderValue } from '../http/header-value.ts';
import { ListBounds } from '../lists/list-bounds.ts';
import type { ListerDefinition, ListerDeps, ListingScope } from './lister.ts';

const DEFAULT_URL = 'https://hub.docker.com';
const PAGE_SIZE = 100;

const loginSchema = z.object({ token: z.string().refine(isHeaderValue, 'is no token') });

const pageSchema = z.object({
  next: z.string().nullish(),
  // Go writes a list without elements as null.
  results: outsideList(
    z.object({ namespace: z.string(), name: z.string(), repository_type: z.string().nullish() }),
  )
    .nullable()
    .transform((results) => results ?? []),
});

/**
 * The image repositories of the location's user on Docker Hub, by Hub's web API.
 *
 * @see https://docs.docker.com/reference/api/hub/latest/
 */
export const dockerhub: ListerDefinition = {
  async *pages(location, deps, { signal }) {
    const login = await loginOf(location, deps, { signal });
    const base = deps.env.REGFLEET_DOCKERHUB_URL || DEFAULT_URL;
    const path = `/v2/repositories/${encodeURIComponent(login.username)}/?page_size=${PAGE_SIZE}`;
    let url: string | undefined = new URL(path, base).href;
    const seen = new Set<string>();
    const registry = location.registry.text;
    const bounds = new ListBounds(`lister dockerhub: the list of ${login.username}`, {
      registry,
      maxNames: deps.maxNames,
    });
    while (url !== undefined && !seen.has(url)) {
      seen.add(url);
      const sinceMs = performance.now();
      const page: z.infer<typeof pageSchema> = await readPage(url, login.tokens, { deps, location, signal });
      bounds.add({ names: page.results.map(({ name }) => name), waitedMs: performance.now() - sinceMs });
      yield page.results
        .filter(({ repository_type }) => repository_type === 'image')
        .map(({ namespace, name }) => `${namespace}/${name}`);
      url = nextUrl(page.next, url, location);
    }
  },
};

interface Login {
  readonly username: string;
  /** Hub's JWTs, kept until they expire. */
  readonly tokens: RenewingCredentials;
}

async function loginOf(
  location: Location,
  deps: ListerDeps,
  { signal }: Pick<ListingScope, 'signal'>,
): Promise<Login> {
  const registry = location.registry.text;
  const credentials = await deps.credentials.get({ signal });
  if (credentials === undefined || credentials.isIdentityToken) {
    throw new SyncError('CREDENTIALS_INVALID', {
      message: `lister dockerhub of ${registry} needs a user name and a password or access token`,
      hint: 'set "auth" of this location: the lister lists what that user owns',
      registry,
    });
  }
  const { username, secret } = credentials;
  // A new password, as of a reloaded config, is another login.
  const password = createHash('sha256').update(secret.reveal()).digest('hex');
  const question = {
    asked: `lister dockerhub: the login of ${username}`,
    hint: 'is hub.docker.com reachable from here?',
    registry,
    timeoutMs: deps.loginTimeoutMs,
  };
  const tokens = deps.clouds.shared(
    `dockerhub ${deps.env.REGFLEET_DOCKERHUB_URL ?? ''} ${registry} ${username} ${password}`,
    () =>
      new RenewingCredentials((shared) => logIn(credentials, { deps, location, signal: shared }), {
        now: deps.now,
        question,
      }),
  );
  return { username, tokens };
}

async function logIn(
  { username, secret }: Credentials,
  { deps, location, signal }: PageContext,
): Promise<Credentials> {
  const url = new URL('/v2/users/login/', deps.env.REGFLEET_DOCKERHUB_URL || DEFAULT_URL).href;
  const { token } = await requestJson(
    deps.http,
    { method: 'POST', url, form: { username, password: secret.reveal() }, signal },
    { what: 'lister dockerhub: login', registry: location.registry.text, schema: loginSchema },
  );
  keepToken(token);
  // A token that does not tell its expiry is used once.
  return { username, secret: new Secret(token), expiresAtMs: jwtExpiryMs(token) ?? deps.now() };
}

interface PageContext {
  readonly deps: ListerDeps;
  readonly location: Location;
  readonly signal: AbortSignal;
}

/** A token that Hub no longer takes is replaced once. */
async function readPage(
  url: string,
  tokens: RenewingCredentials,
  context: PageContext,
): Promise<z.infer<typeof pageSchema>> {
  const token = await tokens.get(context.signal);
  try {
    return await fetchPage(url, token, context);
  } catch (error) {
    if (!isSyncError(error) || error.code !== 'UNAUTHORIZED') throw error;
    tokens.forget();
    return await fetchPage(url, await tokens.get(context.signal), context);
  }
}

function fetchPage(
  url: string,
  token: Credentials | undefined,
  { deps, location, signal }: PageContext,
): Promise<z.infer<typeof pageSchema>> {
  const headers = { authorization: `JWT ${token?.secret.reveal() ?? ''}` };
  return requestJson(
    deps.http,
    { method: 'GET', url, headers, signal },
    { what: 'lister dockerhub: list of repositories', registry: location.registry.text, schema: pageSchema },
  );
}

/** The token goes nowhere but to the server that issued it. */
function nextUrl(
  next: string | null | undefined,
  current: string,
  { registry }: Location,
): string | undefined {
  if (!next) return undefined;
  const url = URL.canParse(next, current) ? new URL(next, current) : undefined;
  if (url?.origin === new URL(current).origin) return url.href;
  throw new SyncError('RESPONSE_INVALID', {
    message: `lister dockerhub: the next page of the list is on another server: ${url?.origin ?? next}`,
    hint: 'is a proxy rewriting the answers of Docker Hub?',
    registry: registry.text,
  });
}
