import { SyncError } from '@regfleet/model';
import { bareHost, isProxyExempt } from './no-proxy.ts';
import { hostReach } from './reach.ts';

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
  if (URL.canParse(proxy) && SCHEMES.has(new URL(proxy).protocol)) return proxy;
  throw new SyncError('CONFIG_INVALID', {
    message: `${name} is not the URL of a proxy`,
    hint: 'write http://host:port, https://host:port or socks5://host:port',
  });
}
