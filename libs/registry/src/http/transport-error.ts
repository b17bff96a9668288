import { type ErrorCode, isSyncError, SyncError, toSyncError } from '@regfleet/model';
import { EXHAUSTED_HINT } from './exhausted.ts';

export interface TransportContext {
  /** The host that did not answer as it should. */
  readonly registry: string;
  /** True: the answer's head had come, its body was being read. */
  readonly isBody?: boolean;
  /** Who has sent us to that host; absent: nobody had to. */
  readonly redirectedBy?: string | undefined;
  /** Host and port of the proxy that the way leads by; absent: it leads by none. */
  readonly proxy?: string | undefined;
}

interface Rule {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
  /** True: this machine is the reason, whoever was to be reached. */
  readonly isOurs?: boolean;
}

// Names are the proxy's to resolve, and connections its own to make: what fails then is rather the way to it.
const PROXY_HINT =
  'does the proxy run there, is its URL right (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY), and can it reach that host? Name the host in NO_PROXY where no proxy is needed';

const CA_HINT =
  'put the authority that signed it into <certs-dir>/<host>/ca.crt, or set "skip-tls-verify" where that is acceptable';

/** By error code of Node, OpenSSL and undici; the first that matches counts. */
const RULES: readonly Rule[] = [
  {
    pattern: /^ECONNREFUSED$/,
    code: 'NETWORK_FAILED',
    what: 'connection refused',
    hint: 'is it running there, and is the port right?',
  },
  {
    pattern: /^ENOTFOUND$/,
    code: 'NETWORK_FAILED',
    what: 'no such host name',
    hint: 'is the name spelt right and known to the DNS of this machine?',
  },
  {
    pattern: /^EAI_/,
    code: 'NETWORK_FAILED',
    what: 'the name cannot be resolved',
    hint: 'does the DNS of this machine answer?',
  },
  {
    pattern: /^E(?:HOST|NET)(?:UNREACH|DOWN)$/,
    code: 'NETWORK_FAILED',
    what: 'no route to it',
    hint: 'does it need a proxy (HTTPS_PROXY)?',
  },
  {
    pattern: /^(?:EMFILE|ENFILE|ENOBUFS)$/,
    code: 'NETWORK_FAILED',
    what: 'this machine allows us no more connections and files',
    hint: EXHAUSTED_HINT,
    isOurs: true,
  },
  {
    pattern: /^EADDRNOTAVAIL$/,
    code: 'NETWORK_FAILED',
    what: 'this machine has no free port or address for another connection',
    hint: 'does something on this machine open connections without an end?',
    isOurs: true,
  },
  {
    pattern: /^E(?:PERM|ACCES)$/,
    code: 'NETWORK_FAILED',
    what: 'this machine forbids the connection',
    hint: 'does a firewall or a policy of this machine forbid it, or does it need a proxy (HTTPS_PROXY)?',
  },
  {
    pattern: /^(?:ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    code: 'TIMED_OUT',
    what: 'no connection in time',
    hint: 'is it behind a firewall, or does it need a proxy (HTTPS_PROXY)?',
  },
  { pattern: /^UND_ERR_HEADERS_TIMEOUT$/, code: 'TIMED_OUT', what: 'no answer in time' },
  {
    pattern: /^UND_ERR_BODY_TIMEOUT$/,
    code: 'TIMED_OUT',
    what: 'it fell silent in the middle of its answer',
  },
  {
    pattern: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    code: 'TLS_FAILED',
    what: 'its certificate is for another host name',
    hint: 'use the name that the certificate was issued for',
  },
  {
    pattern: /^CERT_HAS_EXPIRED$/,
    code: 'TLS_FAILED',
    what: 'its certificate has expired',
    hint: 'is the clock of this machine right?',
  },
  {
    pattern: /^CERT_NOT_YET_VALID$/,
    code: 'TLS_FAILED',
    what: 'its certificate is not valid yet',
    hint: 'is the clock of this machine right?',
  },
  {
    pattern: /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/,
    code: 'TLS_FAILED',
    what: 'its certificate is self-signed',
    hint: CA_HINT,
  },
  {
    pattern:
      /^(?:UNABLE_TO_(?:VERIFY|GET|DECRYPT|DECODE)_|CERT_|CRL_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/,
    code: 'TLS_FAILED',
    what: 'its certificate is not trusted',
    hint: CA_HINT,
  },
  {
    pattern: /^ERR_SSL_.*(?:CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA)/,
    code: 'TLS_FAILED',
    what: 'it refused us in the TLS handshake',
    hint: 'does it ask for a client certificate (<certs-dir>/<host>/*.cert and *.key)?',
  },
  {
    pattern: /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)|^EPROTO$/,
    code: 'TLS_FAILED',
    what: 'it does not speak TLS',
    hint: 'a registry without TLS needs "skip-tls-verify: true", unless it is on this machine or in a private network',
  },
  { pattern: /^ERR_(?:SSL|TLS)_/, code: 'TLS_FAILED', what: 'the TLS handshake failed' },
  {
    pattern: /^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/,
    code: 'STREAM_TRUNCATED',
    what: 'its answer ended before its announced length',
  },
  {
    pattern: /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_.*|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE)$/,
    code: 'NETWORK_FAILED',
    what: 'the connection was cut',
    hint: 'did it restart, or does something on the way cut connections?',
  },
  { pattern: /^UND_ERR_PRX_CONN$/, code: 'NETWORK_FAILED', what: 'the proxy cut the connection' },
  { pattern: /^UND_ERR_PRX_/, code: 'NETWORK_FAILED', what: 'the proxy failed' },
  {
    pattern: /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW)/,
    code: 'RESPONSE_INVALID',
    what: 'its answer is not HTTP',
    hint: 'is it a registry that listens there?',
  },
];

/**
 * What went wrong on the way to or from a host, from the raw error of undici or Node.
 *
 * Errors without a code are bugs and become `INTERNAL`; a `SyncError` is returned as it is.
 */
export function transportError(error: unknown, context: TransportContext): SyncError {
  if (isSyncError(error)) return error;
  const { registry, proxy, redirectedBy } = context;
  const code = errorCode(error);
  if (code === undefined || code === 'UND_ERR_INVALID_ARG') return toSyncError(error);
  const rule = RULES.find(({ pattern }) => pattern.test(code));
  const isCut = context.isBody && rule?.code === 'NETWORK_FAILED';
  const what = rule?.what ?? messageOf(error);
  const host = hostInWords(context);
  const way =
    proxy === undefined ? host : `${host}${redirectedBy === undefined ? '' : ','} by the proxy ${proxy}`;
  // Those about TLS mostly tell of the far end of a tunnel, and our own limits are nobody else's.
  const isNotOfTheWay = rule?.code === 'TLS_FAILED' || rule?.isOurs === true;
  return new SyncError(isCut ? 'STREAM_TRUNCATED' : (rule?.code ?? 'NETWORK_FAILED'), {
    message: `${context.isBody ? 'reading from' : 'cannot reach'} ${way}: ${what} (${code})`,
    hint: proxy === undefined || isNotOfTheWay ? rule?.hint : PROXY_HINT,
    registry: redirectedBy ?? registry,
    cause: error,
  });
}

export const hostInWords = ({
  registry,
  redirectedBy,
}: Pick<TransportContext, 'registry' | 'redirectedBy'>): string =>
  redirectedBy === undefined ? registry : `${registry}, to which ${redirectedBy} redirects`;

/** The code of the error, or of the first one inside that has one: attempts at several addresses fail together. */
function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = [error.cause, ...(error instanceof AggregateError ? error.errors : [])];
  const own = ownCode(error);
  // undici wraps what OpenSSL says about a handshake into its own codes.
  const nested = inner.map(errorCode).find((code) => code !== undefined);
  return own === undefined || own === 'UND_ERR_SOCKET' ? (nested ?? own) : own;
}

function ownCode(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code;
  // undici finds no code of the parser's for what is no HTTP: https://github.com/nodejs/undici/blob/v8.13.1/lib/dispatcher/client-h1.js#L457
  return error.name === 'HTTPParserError' ? 'HPE_INVALID' : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
