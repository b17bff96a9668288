import { SyncError } from '@regfleet/model';
import type { Answer } from './answer.ts';
import { urlAt } from './url-at.ts';
import type { WireRequest } from './wire-request.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Those that keep the method: clients make a GET of what the others redirect. */
export const WRITE_REDIRECTS: readonly number[] = [307, 308];

type Head = Pick<Answer, 'status' | 'headers'>;

/**
 * The request that a redirect leads to: of a GET or HEAD wherever it leads, without credentials once it leaves the origin; of a
 * write on its own host. Absent: the answer is no redirect, or one of a request that is not repeated elsewhere.
 *
 * @throws {SyncError} `REDIRECT_REFUSED` when it leads to nothing that can be asked, or away from TLS what is not verified.
 */
export function redirectTarget(request: WireRequest, answer: Head): WireRequest | undefined {
  const { location } = answer.headers;
  const isDownload = request.method === 'GET' || request.method === 'HEAD';
  if (!isDownload) return redirectedWrite(request, answer);
  if (!REDIRECTS.has(answer.status) || location === undefined) return undefined;
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SyncError('REDIRECT_REFUSED', {
      message: `${request.url.host} redirects to what is no web address`,
      registry: request.url.host,
    });
  }
  if (url.protocol === 'http:' && request.url.protocol === 'https:' && !request.isVerified) {
    throw new SyncError('REDIRECT_REFUSED', {
      message: `${request.url.host} redirects to ${url.host} without TLS`,
      hint: 'the registry should redirect to https://; does the proxy in front of it say that it is asked by TLS (X-Forwarded-Proto)?',
      registry: request.url.host,
    });
  }
  if (url.origin === request.url.origin) return { ...request, url };
  // What a service answers is used as it is; what else comes is checked by its digest.
  const namedBy = request.namedBy === 'service' ? 'service' : 'redirect';
  return { ...request, url, authorization: undefined, namedBy };
}

/** Content that has begun to leave cannot be sent again from here; whoever has it begins anew. */
function redirectedWrite(request: WireRequest, answer: Head): WireRequest | undefined {
  const url = typeof request.body === 'function' ? undefined : ownRedirect(request.url, answer);
  return url && { ...request, url };
}

/**
 * Where a redirect of a write leads on the same host; absent: it is none, or leads elsewhere.
 *
 * A registry behind a proxy that ends TLS may call itself http://; what began with TLS stays there.
 */
export function ownRedirect(from: URL, { status, headers: { location } }: Head): URL | undefined {
  if (!WRITE_REDIRECTS.includes(status) || location === undefined) return undefined;
  if (!URL.canParse(location, from.href)) return undefined;
  const url = new URL(location, from);
  if (url.origin === from.origin) return url;
  const isMisnamed = url.hostname === from.hostname && from.protocol === 'https:' && url.protocol === 'http:';
  return isMisnamed ? urlAt(from.origin, `${url.pathname}${url.search}`) : undefined;
}
