import { isSyncError, type Location, outsideList, SyncError } from '@regfleet/model';
import { z } from 'zod';
import { requestJson } from '../credentials/request-json.ts';
import type { ListerDefinition, ListerDeps, ListingScope } from './lister.ts';

const HUB_INDEX_URL = 'https://index.docker.io/v1/';

// The index refuses anything outside: https://github.com/moby/moby/blob/v20.10.24/registry/session.go#L195
const MAX_RESULTS = 100;

const answerSchema = z.object({
  // Go writes a list without elements as null.
  results: outsideList(z.object({ name: z.string(), is_official: z.boolean().nullish() }))
    .nullable()
    .transform((results) => results ?? []),
});

/** What the search of a v1 index finds: Docker Hub's, or the one of a registry that still has one. */
export const index: ListerDefinition = {
  maxItems: MAX_RESULTS,
  async *pages(location, deps, scope) {
    const isHub = isHubIndex(location);
    const base = isHub
      ? deps.env.REGFLEET_INDEX_URL || HUB_INDEX_URL
      : await findIndex(location, deps, scope);
    const url = new URL('search', base);
    url.searchParams.set('q', location.lister?.search ?? '');
    url.searchParams.set('n', String(Math.min(Math.max(scope.maxItems ?? MAX_RESULTS, 1), MAX_RESULTS)));
    const answer = await requestJson(
      deps.http,
      { method: 'GET', url: url.href, headers: await searchHeaders(deps, scope), signal: scope.signal },
      { what: 'lister index: search', registry: location.registry.text, schema: answerSchema },
    );
    yield answer.results.map(({ name, is_official }) =>
      isHub && is_official && !name.includes('/') ? `library/${name}` : name,
    );
  },
};

const isHubIndex = ({ registry }: Location): boolean => /(?:^|\.)docker\.(?:com|io)$/.test(registry.host);

async function searchHeaders(deps: ListerDeps, { signal }: ListingScope): Promise<Record<string, string>> {
  const headers = { 'x-docker-token': 'true' };
  const credentials = await deps.credentials.get({ signal });
  if (credentials === undefined || credentials.isIdentityToken) return headers;
  const login = `${credentials.username}:${credentials.secret.reveal()}`;
  return { ...headers, authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

/** Where the registry's index answers a ping: by TLS, or in the clear where verification is waived. */
async function findIndex(location: Location, deps: ListerDeps, { signal }: ListingScope): Promise<string> {
  const host = location.registry.host;
  const ping = async (base: string): Promise<string> => {
    const { status } = await deps.http.request({ method: 'GET', url: `${base}_ping`, signal });
    if (status === 200) return base;
    throw new SyncError(status >= 500 ? 'SERVER_FAILED' : 'LISTING_UNSUPPORTED', {
      message: `lister index: ${host} has no v1 index to search: ${status} for /v1/_ping`,
      hint: 'use the lister catalog, or name the repositories one by one',
      registry: location.registry.text,
      httpStatus: status,
    });
  };
  try {
    return await ping(`https://${host}/v1/`);
  } catch (error) {
    const isTransport = isSyncError(error) && ['NETWORK_FAILED', 'TLS_FAILED'].includes(error.code);
    if (!isTransport || !location.tls.skipVerify) throw error;
    return await ping(`http://${host}/v1/`);
  }
}
