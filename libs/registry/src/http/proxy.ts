import { SyncError } from '@regfleet/model';
import { hostReach } from './address-reach.ts';
import { bareHost, isProxyExempt } from './no-proxy.ts';

/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks:']);

/**
 * The proxy for a request by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not; absent: none.
 *
 * This machine itself is never asked for through a proxy, as in the tools written in Go.
 *
 * @throws {SyncError} `CONFIG_INVALID` when the variable holds no proxy's URL.
 */
export function proxyFor(url: URL, env: Environment): string | undefined {
  if (hostReach(bareHost(url.hostname)) === 'loopback') return undefined;
  const own = url.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  const name = [own, own.toLowerCase(), 'ALL_PROXY', 'all_proxy'].find((candidate) => env[candidate]);
  if (name === undefined) return undefined;
  if (isProxyExempt(url, env.NO_PROXY || env.no_proxy || '')) return undefined;
  const text = env[name] ?? '';
  const proxy = text.includes('://') ? text : `http://${text}`;
  if (isProxyUrl(proxy)) return withoutPath(proxy);
  throw new SyncError('CONFIG_INVALID', {
    message: `${name} is not the URL of a proxy`,
    hint: 'write http://host:port, https://host:port or socks5://host:port; in a user and password before the host, % is written as %25',
  });
}

function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hostname } = new URL(text);
  return SCHEMES.has(protocol) && hostname !== '' && [username, password].every(isPercentEncoded);
}

/** A path of a proxy's URL means nothing to the tools that read such variables. */
const withoutPath = (proxy: string): string => proxy.replace(/^([^/]*\/\/[^/?#\\]*).*/s, '$1');

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
