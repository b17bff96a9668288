import type { SyncError } from '@regfleet/model';
import type { Challenge } from './challenge.ts';

/** What a registry asked for. */
export interface Demand extends Challenge {
  /** Where it came from. */
  readonly url: URL;
}

/** A token server that gave no token, for a reason other than the account. */
export interface RealmFailure {
  readonly demand: Demand;
  readonly error: SyncError;
}

/** False where the account, its credentials or a limit are to blame: another token server would say the same. */
export const isRealmFailure = ({ scheme }: Challenge, { code, kind }: SyncError): boolean =>
  scheme === 'bearer' && kind !== 'config' && kind !== 'rate-limited' && !ACCOUNT_CODES.has(code);

const ACCOUNT_CODES: ReadonlySet<string> = new Set([
  'CREDENTIAL_HELPER_FAILED',
  'DENIED',
  'INTERNAL',
  'UNAUTHORIZED',
]);

/** True for challenges that name the same token server. */
export const isSamePlace = (left: Challenge, right: Challenge): boolean =>
  left.scheme === right.scheme &&
  left.params.realm === right.params.realm &&
  left.params.service === right.params.service;
