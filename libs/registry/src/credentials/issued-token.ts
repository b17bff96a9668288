import { Secret, SyncError } from '@regfleet/model';
import { isHeaderValue } from '../http/header-value.ts';

interface Issuer {
  /** Begins the message, e.g. `aws: the token for r.com`. */
  readonly what: string;
  /** What to look at when it is no token. */
  readonly hint: string;
  /** Absent: several registries share the token. */
  readonly registry?: string;
}

/** A token that somebody gave. @throws {SyncError} `RESPONSE_INVALID` for a text that no token is: it is never quoted. */
export function issuedToken(text: string, { what, hint, registry }: Issuer): Secret {
  if (isHeaderValue(text)) return new Secret(text);
  throw new SyncError('RESPONSE_INVALID', {
    message: `${what} has characters that no request can carry`,
    hint,
    registry,
  });
}
