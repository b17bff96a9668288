import { BlockList, isIP } from 'node:net';

/**
 * From how far away an address can be reached. `metadata`: where a cloud tells a machine its secrets, apart from those
 * that are link-local; `special-purpose`: no host of the internet has such an address.
 */
export type AddressReach = (typeof REACHES)[number];

// Nearest first.
const REACHES = ['loopback', 'metadata', 'link-local', 'special-purpose', 'private', 'public'] as const;

/** The first that holds an address counts. */
const BLOCKS: readonly (readonly [Exclude<AddressReach, 'public'>, string, number])[] = [
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
  ['metadata', 'fd00:ec2::254', 128],
  // https://cloud.google.com/compute/docs/metadata/querying-metadata
  ['metadata', 'fd20:ce::254', 128],
  // https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
  ['metadata', '100.100.100.200', 32],
  // https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
  ['metadata', '168.63.129.16', 32],
  // Oracle's of old.
  ['metadata', '192.0.0.192', 32],
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
  // Site-local, of old: https://www.rfc-editor.org/rfc/rfc3879
  ['private', 'fec0::', 10],
  // What is not "globally reachable" in https://www.iana.org/assignments/iana-ipv4-special-registry
  ['special-purpose', '192.0.0.0', 24],
  ['special-purpose', '192.0.2.0', 24],
  ['special-purpose', '192.88.99.0', 24],
  ['special-purpose', '198.18.0.0', 15],
  ['special-purpose', '198.51.100.0', 24],
  ['special-purpose', '203.0.113.0', 24],
  ['special-purpose', '240.0.0.0', 4],
  // And in https://www.iana.org/assignments/iana-ipv6-special-registry
  ['special-purpose', '100::', 64],
  ['special-purpose', '100:0:0:1::', 64],
  ['special-purpose', '2001:2::', 48],
  ['special-purpose', '2001:10::', 28],
  ['special-purpose', '2001:20::', 28],
  ['special-purpose', '2001:db8::', 32],
  ['special-purpose', '3fff::', 20],
  ['special-purpose', '5f00::', 16],
  // Multicast: https://www.rfc-editor.org/rfc/rfc5771, https://www.rfc-editor.org/rfc/rfc4291#section-2.7
  ['special-purpose', '224.0.0.0', 4],
  ['special-purpose', 'ff00::', 8],
];

interface Embedding {
  readonly network: string;
  readonly bits: number;
  /** Which bytes of the IPv6 address are those of the IPv4 address; several: the network's size is not known. */
  readonly places: readonly (readonly number[])[];
  /** What is taken away from each byte by exclusive or; absent: nothing. */
  readonly mask?: number;
}

const LAST = [12, 13, 14, 15] as const;

/** IPv6 addresses that lead to IPv4 addresses, by translators and tunnels. */
const EMBEDDINGS: readonly Embedding[] = [
  // https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.1
  { network: '::', bits: 96, places: [LAST] },
  // https://www.rfc-editor.org/rfc/rfc2765#section-2.1
  { network: '::ffff:0:0:0', bits: 96, places: [LAST] },
  // https://www.rfc-editor.org/rfc/rfc6052#section-2.1
  { network: '64:ff9b::', bits: 96, places: [LAST] },
  // https://www.rfc-editor.org/rfc/rfc8215, with the places of https://www.rfc-editor.org/rfc/rfc6052#section-2.2
  {
    network: '64:ff9b:1::',
    bits: 48,
    places: [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], LAST],
  },
  // https://www.rfc-editor.org/rfc/rfc3056#section-2
  { network: '2002::', bits: 16, places: [[2, 3, 4, 5]] },
  // https://www.rfc-editor.org/rfc/rfc4380#section-4
  { network: '2001::', bits: 32, places: [LAST], mask: 0xff },
];

const LISTS: readonly (readonly [AddressReach, BlockList])[] = BLOCKS.map(([reach, network, bits]) => [
  reach,
  blockOf(network, bits),
]);

const EMBEDDING_LISTS: readonly (readonly [Embedding, BlockList])[] = EMBEDDINGS.map((embedding) => [
  embedding,
  blockOf(embedding.network, embedding.bits),
]);

function blockOf(network: string, bits: number): BlockList {
  const list = new BlockList();
  list.addSubnet(network, bits, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  return list;
}

/**
 * An IPv6 address that leads to an IPv4 address reaches as far as that does.
 *
 * @param address - IPv4 or IPv6, without brackets.
 */
export function addressReach(address: string): AddressReach {
  const [bare = ''] = address.split('%');
  const family = isIP(bare) === 4 ? 'ipv4' : 'ipv6';
  const own = LISTS.find(([, list]) => list.check(bare, family))?.[0];
  if (own !== undefined || family === 'ipv4') return own ?? 'public';
  const reaches = new Set(embeddedAddresses(bare).map(addressReach));
  return REACHES.find((reach) => reaches.has(reach)) ?? 'public';
}

// 0.0.0.0/8, 224.0.0.0/4 and 240.0.0.0/4.
const UNSENDABLE = /^(?:0|22[4-9]|2[3-5]\d)\./;

function embeddedAddresses(address: string): readonly string[] {
  const embedding = EMBEDDING_LISTS.find(([, list]) => list.check(address, 'ipv6'))?.[0];
  if (embedding === undefined) return [];
  const bytes = bytesOf(address);
  const { places, mask = 0 } = embedding;
  const found = places.map((place) => place.map((index) => (bytes[index] ?? 0) ^ mask).join('.'));
  // Where the place is one of several, what nobody can send to shows that it is another.
  const meant = found.filter((candidate) => !UNSENDABLE.test(candidate));
  return meant.length > 0 ? meant : found;
}

/** The 16 bytes of an IPv6 address. */
function bytesOf(address: string): readonly number[] {
  // In hexadecimal throughout, whatever it was written in.
  const { hostname } = new URL(`http://[${address}]`);
  const [left = [], right = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

// Of Google, AWS, Azure and Tencent; Google's and AWS's also in short, with the search domains of their machines.
const METADATA_NAME =
  /^(?:(?:metadata|instance-data)(?:\.(?:[^.]+\.)*(?:internal|goog))?|metadata\.tencentyun\.com)\.?$/i;

/** What a host's name alone tells; absent: its addresses have to be looked up. */
export function hostReach(host: string): AddressReach | undefined {
  if (isIP(host) !== 0) return addressReach(host);
  if (METADATA_NAME.test(host)) return 'metadata';
  return /(?:^|\.)localhost\.?$/i.test(host) ? 'loopback' : undefined;
}
