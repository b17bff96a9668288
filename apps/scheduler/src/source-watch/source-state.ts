import type { SourceState } from '@regfleet/fleet';
import type { ErrorCode, SyncError } from '@regfleet/model';

const STATES: Partial<Record<ErrorCode, SourceState>> = {
  MANIFEST_UNKNOWN: 'gone',
  REPOSITORY_UNKNOWN: 'gone',
  UNAUTHORIZED: 'refused',
  DENIED: 'refused',
  CREDENTIALS_EXPIRED: 'refused',
  CREDENTIAL_HELPER_FAILED: 'failing',
  DIGEST_MISMATCH: 'failing',
  LISTING_TOO_LARGE: 'failing',
  LISTING_UNSUPPORTED: 'failing',
  MANIFEST_INVALID: 'failing',
  NETWORK_FAILED: 'failing',
  REDIRECT_REFUSED: 'failing',
  REQUEST_REFUSED: 'failing',
  RESPONSE_INVALID: 'failing',
  SERVER_FAILED: 'failing',
  STREAM_TRUNCATED: 'failing',
  TIMED_OUT: 'failing',
  TLS_FAILED: 'failing',
  TOO_SLOW: 'failing',
};

/** What an error says of the source; absent: nothing, as it is of the config, of ours, or of the target. */
export const sourceState = ({ code, side }: SyncError): SourceState | undefined =>
  side === 'source' ? STATES[code] : undefined;

const TOLD: readonly ErrorCode[] = ['REPOSITORY_UNKNOWN', 'TAGS_TOO_FEW', 'TAG_CHANGED'];

/** Whether it says what the source has, if only that it has nothing, or what the target is not to be given, rather than that nobody knows. */
export const isTold = ({ code }: SyncError): boolean => TOLD.includes(code);

// https://semver.org: all three numbers. What is behind them, a pre-release or a flavour, is part of the version; "v" is usual before it.
const VERSION = /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** Of such a tag one expects that it always names the same image. */
export const isWholeVersion = (tag: string): boolean => VERSION.test(tag);
