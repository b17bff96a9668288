import { SyncError } from '@regfleet/model';
import type { Answer } from '../http/answer.ts';
import { ownRedirect } from '../http/redirect.ts';
import type { Session } from '../session/session.ts';

/**
 * Where an upload continues: a path on the registry's own host, or a whole URL elsewhere, which gets no credentials.
 *
 * @throws {SyncError} `RESPONSE_INVALID` where the answer names no place, `REDIRECT_REFUSED` where a registry with TLS names
 * one without.
 */
export function uploadUrl(session: Session, answer: Answer, reference: string): string {
  const location = answer.headers.location ?? '';
  const isUrl = location !== '' && URL.canParse(location, answer.url.href);
  const url = isUrl ? new URL(location, answer.url) : undefined;
  const own = url && session.endpoint.ownPath(url);
  if (own !== undefined) return own;
  const isInClear = url?.protocol === 'http:';
  if (isInClear && answer.url.protocol === 'https:') {
    throw new SyncError('REDIRECT_REFUSED', {
      message: `cannot upload the blob ${reference}: ${session.registry} wants it to be sent to ${url.host} without TLS`,
      hint: 'its configuration should name the store of its blobs with https://',
      reference,
      registry: session.registry,
    });
  }
  if (isInClear || url?.protocol === 'https:') return url.href;
  throw new SyncError('RESPONSE_INVALID', {
    message: `cannot upload the blob ${reference}: ${session.registry} does not say where to`,
    hint: 'is a proxy in front of the registry removing its "Location" headers?',
    reference,
    registry: session.registry,
    httpStatus: answer.status,
  });
}

/**
 * Where a body is to be sent that was redirected: a path of the registry's own, or a whole URL where the upload lies elsewhere.
 *
 * @throws {SyncError} `REDIRECT_REFUSED` where it leads to another host: that gets content only where an upload was opened there.
 */
export function redirectedUpload(session: Session, answer: Answer, reference: string): string {
  const url = ownRedirect(answer.url, answer);
  if (url !== undefined) return session.endpoint.isOwn(url) ? `${url.pathname}${url.search}` : url.href;
  throw new SyncError('REDIRECT_REFUSED', {
    message: `cannot upload the blob ${reference}: ${session.registry} answered ${answer.status} and redirects to another host`,
    hint: 'content is sent to another host only where the registry opens the upload there',
    reference,
    registry: session.registry,
    httpStatus: answer.status,
  });
}

/** The location with which an upload is completed. */
export function withDigest(location: string, digest: string): string {
  const [path = '', query = ''] = location.split(/\?(.*)/s);
  // As it is: signed queries break when they are written anew.
  return `${path}?${query === '' ? '' : `${query}&`}digest=${encodeURIComponent(digest)}`;
}
