import { SyncError } from '@regfleet/model';
import { hostReach } from '../http/address-reach.ts';
import { bareHost } from '../http/no-proxy.ts';

/**
 * The URL of a token server, when credentials may be sent there: by TLS, or in the clear where the registry itself is. What is in
 * the clear on this machine, nobody on the network can read, and so it stays.
 *
 * Whether its address may be asked is checked when the connection is made.
 *
 * @param realm - as the challenge gives it.
 * @param registry - as the operator wrote it.
 * @throws {SyncError} `REDIRECT_REFUSED` when the realm is plain HTTP and may not be, `RESPONSE_INVALID` when it is no web address.
 */
export function checkedRealm(realm: string, registryUrl: URL, registry: string): URL {
  const url = URL.canParse(realm, registryUrl.href) ? new URL(realm, registryUrl) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SyncError('RESPONSE_INVALID', {
      message: `${registry} names a token server that is no web address`,
      hint: 'its configuration has a wrong "realm"',
      registry,
    });
  }
  const isLocalOnly = isOnThisMachine(registryUrl) && !isOnThisMachine(url);
  if (url.protocol === 'http:' && (registryUrl.protocol !== 'http:' || isLocalOnly)) {
    throw new SyncError('REDIRECT_REFUSED', {
      message: `${registry} wants credentials to be sent to ${url.host} without TLS`,
      hint: 'its configuration should name the token server ("realm") with https://',
      registry,
    });
  }
  url.username = '';
  url.password = '';
  return url;
}

const isOnThisMachine = ({ hostname }: URL): boolean => hostReach(bareHost(hostname)) === 'loopback';
