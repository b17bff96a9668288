import { BlockList, isIP } from 'node:net';

/** From how far away an address can be reached. */
export type Reach = 'loopback' | 'link-local' | 'private' | 'public';

const BLOCKS: readonly (readonly [Exclude<Reach, 'public'>, string, number])[] = [
  ['loopback', '127.0.0.0', 8],
  ['loopback', '0.0.0.0', 8],
  ['loopback', '::1', 128],
  ['loopback', '::', 128],
  ['link-local', '169.254.0.0', 16],
  ['link-local', 'fe80::', 10],
  ['private', '10.0.0.0', 8],
  ['private', '172.16.0.0', 12],
  ['private', '192.168.0.0', 16],
  // Shared address space of carriers and clusters: https://www.rfc-editor.org/rfc/rfc6598
  ['private', '100.64.0.0', 10],
  ['private', 'fc00::', 7],
];

const LISTS: readonly (readonly [Reach, BlockList])[] = BLOCKS.map(([reach, network, bits]) => {
  const list = new BlockList();
  list.addSubnet(network, bits, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  return [reach, list];
});

/** @param address - IPv4 or IPv6, without brackets. */
export function addressReach(address: string): Reach {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  return LISTS.find(([, list]) => list.check(address, family))?.[0] ?? 'public';
}

/** What a host's name alone tells; absent: its addresses have to be looked up. */
export function hostReach(host: string): Reach | undefined {
  if (isIP(host) !== 0) return addressReach(host);
  return /(?:^|\.)localhost\.?$/i.test(host) ? 'loopback' : undefined;
}
