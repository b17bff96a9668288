import type { ErrorCode } from '@regfleet/model';

interface ProxyForm {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
}

/**
 * How programs written in Go word what a proxy did that was to open a tunnel. Behind the URL stands then what the proxy answered and
 * nothing else: a registry's answers have words before them.
 *
 * @param exempt - what to do where no proxy is needed.
 * @see https://github.com/golang/go/blob/go1.24.1/src/net/http/transport.go#L1851
 */
export const proxyForms = (exempt: string): readonly ProxyForm[] => [
  {
    pattern:
      /\bproxyconnect tcp: |": (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)$/,
    code: 'NETWORK_FAILED',
    hint: `does the proxy answer, and can it reach that host? Or ${exempt}`,
  },
  {
    pattern: /": Proxy Authentication Required$/,
    code: 'REQUEST_REFUSED',
    hint: `put a user and a password that the proxy takes into its URL, or ${exempt}`,
  },
  {
    pattern: /": (?:Forbidden|Unauthorized|Bad Request|Not Found|Method Not Allowed)$/,
    code: 'REQUEST_REFUSED',
    hint: `let the proxy allow this host and port, or ${exempt}`,
  },
];
