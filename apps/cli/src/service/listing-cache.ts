import type { FleetCache } from '@regfleet/fleet';
import { isRepositoryName } from '@regfleet/model';
import type { ListingCache } from '@regfleet/registry';

// 250,000 names of 64 characters.
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Lists of repositories, shared by the fleet, so that a restart or a second scheduler does not list again.
 *
 * Whoever can write to Redis can write them, too: what is too long, or holds what cannot be a repository, counts as unknown. No
 * such list is kept, so that the registry which gives it is asked, and what is wrong with it is told, by every process.
 *
 * @param maxNames - how many a registry may list.
 */
export function listingCache(cache: FleetCache, maxNames: number): ListingCache {
  const isUsable = (names: readonly string[]): boolean => names.length <= maxNames && names.every(isName);
  return {
    async get(key) {
      const text = await cache.get(key, MAX_BYTES);
      const names = text?.split('\n', maxNames + 1);
      return names !== undefined && isUsable(names) ? names : undefined;
    },
    async set(key, names, ttlMs) {
      if (!isUsable(names)) return;
      const text = names.join('\n');
      if (text.length <= MAX_BYTES) await cache.set(key, text, ttlMs);
    },
  };
}

/** Registries may put slashes before a name. */
const isName = (text: string): boolean => isRepositoryName(text.replace(/^\/+/, ''));
