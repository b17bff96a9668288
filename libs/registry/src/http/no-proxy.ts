import { BlockList, isIP } from 'node:net';

/**
 * True when `NO_PROXY` names the host: exactly or as a domain above it, `.suffix` and `*.suffix` for what is below
 * only, an address, a CIDR block, each with an optional port, or `*` for all.
 *
 * @param url - of the request.
 * @param list - separated by commas or blanks.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config, whose rules operators of registries know
 */
export function isProxyExempt(url: URL, list: string): boolean {
  const host = bareHost(url.hostname);
  const port = url.port || (url.protocol === 'http:' ? '80' : '443');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

/** Without the brackets of an IPv6 address. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInBlock(entry, host);
  const { name, port: wantedPort } = splitPort(entry);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(host) !== 0) return sameAddress(name, host);
  const suffix = name.replace(/^\*(?=\.)/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(entry: string): { name: string; port?: string } {
  const [, bracketed, bracketedPort] = /^\[(.+)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) {
    return { name: bracketed, ...(bracketedPort !== undefined && { port: bracketedPort }) };
  }
  if (isIP(entry) === 6) return { name: entry };
  const [, name = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { name, ...(port !== undefined && { port }) };
}

function isInBlock(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  const family = isIP(network);
  const isWholeNumber = /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
  if (family === 0 || isIP(host) === 0 || !isWholeNumber) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return block.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

function sameAddress(left: string, right: string): boolean {
  const family = isIP(left);
  if (family === 0) return false;
  const block = new BlockList();
  block.addAddress(left, family === 4 ? 'ipv4' : 'ipv6');
  return block.check(right, isIP(right) === 4 ? 'ipv4' : 'ipv6');
}
