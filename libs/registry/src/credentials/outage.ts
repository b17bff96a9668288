import type { ErrorCode } from '@regfleet/model';

const TIMEOUT =
  /^(?:TimeoutError|AbortError|ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT)$/;

// The last of the system's are limits of this machine, which keep a connection from being made as well. `network_error` and the resolution of endpoints are MSAL's.
const NETWORK =
  /^(?:E(?:CONN[A-Z]+|NOTFOUND|AI_[A-Z]+|HOST(?:UNREACH|DOWN)|NET(?:UNREACH|DOWN)|PIPE|MFILE|NFILE|NOBUFS|ADDRNOTAVAIL)|UND_ERR_[A-Z_]+|network_error|endpoints_resolution_error)$/;

const WORD = /\b[A-Za-z_]{4,}\b/g;

// Deep enough for every library's wrapping; errors may refer to themselves.
const MAX_DEPTH = 8;

/**
 * What the error of a cloud's library says about the way to its endpoint; absent: the way was not at fault.
 *
 * Such libraries wrap the failure of a request in errors of their own, as cause, in a list of attempts, or only in words.
 */
export function outageOf(error: unknown): Extract<ErrorCode, 'NETWORK_FAILED' | 'TIMED_OUT'> | undefined {
  const signs = signsOf(error, MAX_DEPTH);
  if (signs.some((sign) => TIMEOUT.test(sign))) return 'TIMED_OUT';
  return signs.some((sign) => NETWORK.test(sign)) ? 'NETWORK_FAILED' : undefined;
}

function signsOf(error: unknown, depth: number): readonly string[] {
  if (!(error instanceof Error) || depth === 0) return [];
  const codes = ['code', 'errorCode'].map((key): unknown => Reflect.get(error, key));
  const attempts: unknown = Reflect.get(error, 'errors');
  const inner = [error.cause, ...(Array.isArray(attempts) ? attempts : [])];
  return [
    error.name,
    ...codes.filter((code) => typeof code === 'string'),
    ...(error.message.match(WORD) ?? []),
    ...inner.flatMap((each) => signsOf(each, depth - 1)),
  ];
}
