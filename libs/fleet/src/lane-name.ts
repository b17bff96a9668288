import { type CopyRequest, isRegistryHost, isRelayName, parseRegistryName } from '@regfleet/model';
import type { LaneParts } from './lanes.ts';

const LANE = /^copy\.([a-z]+)\.(.+)$/;
const TO = '_to_';
// Two hosts of the greatest length, and the rest; whoever can write to Redis names lanes.
const MAX_LANE_LENGTH = 600;

const written = (host: string): string => host.replaceAll(':', '_');

/**
 * The queue of copies by one relay from one registry to one other.
 *
 * BullMQ allows no `:` in names, so a `_` stands for it. No host contains a `_`, and what stands behind a `:` of one are digits of a
 * port, or those of an IPv6 address: the first `_to_` is ours.
 */
export function laneName({ relay, source, target }: LaneParts): string {
  return `copy.${relay}.${written(source)}${TO}${written(target)}`;
}

/** The inverse of `laneName`; absent for what that cannot have written. */
export function parseLane(lane: string): LaneParts | undefined {
  if (lane.length > MAX_LANE_LENGTH) return undefined;
  const [, relay, hosts = ''] = LANE.exec(lane) ?? [];
  const to = hosts.indexOf(TO);
  if (relay === undefined || to < 0 || !isRelayName(relay)) return undefined;
  const source = hosts.slice(0, to).replaceAll('_', ':');
  const target = hosts.slice(to + TO.length).replaceAll('_', ':');
  if (!(isHostOfReference(source) && isHostOfReference(target))) return undefined;
  const parts = { relay, source, target };
  return laneName(parts) === lane ? parts : undefined;
}

const isHostOfReference = (host: string): boolean =>
  isRegistryHost(host) && parseRegistryName(host).host === host;

export const lanePartsOf = ({ relay, source, target }: CopyRequest): LaneParts => ({
  relay,
  source: source.registry,
  target: target.registry,
});
