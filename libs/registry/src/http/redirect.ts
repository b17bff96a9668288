import { SyncError } from '@regfleet/model';
import type { Answer } from './answer.ts';
import type { WireRequest } from './wire-request.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The request that a redirect of a GET or HEAD leads to, without credentials once it leaves the origin; absent: the answer is
 * no redirect, or one of a request that is not repeated elsewhere.
 *
 * @throws {SyncError} `REDIRECT_REFUSED` when it leads to nothing that can be asked, or away from TLS what is not verified.
 */
export function redirectTarget(
  request: WireRequest,
  answer: Pick<Answer, 'status' | 'headers'>,
): WireRequest | undefined {
  const { location } = answer.headers;
  const isDownload = request.method === 'GET' || request.method === 'HEAD';
  if (!isDownload || !REDIRECTS.has(answer.status) || location === undefined) return undefined;
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
