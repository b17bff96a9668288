import type { FleetCache } from '@regfleet/queue';
import type { ListingCache } from '@regfleet/registry';

/** Lists of repositories, shared by the fleet, so that a restart or a second scheduler does not list again. */
export function listingCache(cache: FleetCache): ListingCache {
  return {
    async get(key) {
      const text = await cache.get(key);
      return text === undefined ? undefined : text.split('\n').filter((name) => name !== '');
    },
    set: (key, names, ttlMs) => cache.set(key, names.join('\n'), ttlMs),
  };
}
