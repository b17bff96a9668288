import { SyncError } from '@regfleet/model';
import { hostInWords } from './transport-error.ts';

interface Way {
  /** Host and port of the proxy. */
  readonly proxy: string;
  /** Whoever was to be reached. */
  readonly registry: string;
  /** As in `TransportContext`. */
  readonly redirectedBy?: string | undefined;
}

// undici tells it in words: https://github.com/nodejs/undici/blob/v8.13.1/lib/dispatcher/proxy-agent.js#L227
const ANSWERED = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/;

// What the refusals of https://www.rfc-editor.org/rfc/rfc1928 are in HTTP.
const SOCKS_STATUSES: Readonly<Record<string, number>> = {
  UND_ERR_SOCKS5_AUTH_FAILED: 407,
  UND_ERR_SOCKS5_AUTH_REJECTED: 407,
  UND_ERR_SOCKS5_REPLY_2: 403,
};

// Of those below 500, what may be otherwise a moment later.
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

const HINTS: Readonly<Record<number, string>> = {
  403: 'let the proxy allow this host and port, or name the host in NO_PROXY where no proxy is needed',
  407: 'put a user and a password that the proxy takes into its URL, in front of the host and an @, or name the host in NO_PROXY',
};

const OTHER_HINT = 'can the proxy reach that host? Name the host in NO_PROXY where no proxy is needed';

/** `error`, or what it means where a proxy has answered in place of whom it was to lead to. */
export function explainProxy(error: unknown, way: Way): unknown {
  const { proxy, registry, redirectedBy } = way;
  const status = answeredStatus(error);
  if (status === undefined) return error;
  const isRefusal = status >= 400 && status < 500 && !PASSING.has(status);
  return new SyncError(isRefusal ? 'REQUEST_REFUSED' : 'NETWORK_FAILED', {
    message: `cannot reach ${hostInWords(way)}: the proxy ${proxy} answered ${status}`,
    hint: HINTS[status] ?? OTHER_HINT,
    registry: redirectedBy ?? registry,
    cause: error,
  });
}

/** Absent: no proxy has answered. */
function answeredStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, refused, unauthorized] = ANSWERED.exec(error.message) ?? [];
  const text = refused ?? unauthorized;
  if (text !== undefined) return Number(text);
  return 'code' in error && typeof error.code === 'string' ? SOCKS_STATUSES[error.code] : undefined;
}
