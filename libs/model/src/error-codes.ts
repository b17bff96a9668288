/**
 * What the queue, the CLI and the operator do about an error.
 *
 * - `config`: the file or the flags are wrong; the operator acts.
 * - `permanent`: repeating cannot help.
 * - `rate-limited`: the other side said wait.
 * - `retryable`: network, 5xx, truncated stream; repeating is likely to help.
 */
export type ErrorKind = 'config' | 'permanent' | 'rate-limited' | 'retryable';

/** Every error code with its kind. Codes are permanent names: `docs/errors.md` documents each, and a test compares both. */
export const ERROR_CODES = {
  CONFIG_INVALID: 'config',
  CONFIG_UNREADABLE: 'config',
  CREDENTIALS_INVALID: 'config',
  PLATFORM_INVALID: 'config',
  REDIS_UNSUITABLE: 'config',
  REFERENCE_INVALID: 'config',
  RELAY_UNAVAILABLE: 'config',
  TAG_FILTER_INVALID: 'config',
  TASK_UNKNOWN: 'config',
  USAGE_INVALID: 'config',

  BLOB_UNKNOWN: 'permanent',
  DENIED: 'permanent',
  JOB_INVALID: 'permanent',
  LISTING_TOO_LARGE: 'permanent',
  LISTING_UNSUPPORTED: 'permanent',
  MANIFEST_INVALID: 'permanent',
  MANIFEST_UNKNOWN: 'permanent',
  MEDIA_TYPE_UNSUPPORTED: 'permanent',
  NOTHING_TO_RETRY: 'permanent',
  NOT_IN_CONFIG: 'permanent',
  PLATFORM_UNKNOWN: 'permanent',
  REDIRECT_REFUSED: 'permanent',
  REPOSITORY_UNKNOWN: 'permanent',
  REQUEST_REFUSED: 'permanent',
  RESPONSE_INVALID: 'permanent',
  RUN_UNKNOWN: 'permanent',
  SIGNATURE_MISSING: 'permanent',
  TAGS_TOO_FEW: 'permanent',
  TAG_CHANGED: 'permanent',
  TARGET_CONFLICT: 'permanent',
  TLS_FAILED: 'permanent',
  UNAUTHORIZED: 'permanent',
  UPLOAD_TOO_LARGE: 'permanent',

  RATE_LIMITED: 'rate-limited',

  CREDENTIALS_EXPIRED: 'retryable',
  CREDENTIAL_HELPER_FAILED: 'retryable',
  DIGEST_MISMATCH: 'retryable',
  INTERNAL: 'retryable',
  JOB_LOST: 'retryable',
  JOB_STALLED: 'retryable',
  NETWORK_FAILED: 'retryable',
  REDIS_UNREACHABLE: 'retryable',
  RELAY_FAILED: 'retryable',
  RUN_UNDER_WAY: 'retryable',
  SERVER_FAILED: 'retryable',
  STORAGE_FULL: 'retryable',
  STREAM_TRUNCATED: 'retryable',
  TIMED_OUT: 'retryable',
  TOO_SLOW: 'retryable',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_CODES;
