import type { Location } from '@regfleet/model';
import type { RepositoryLister } from '../contract.ts';
import { catalog } from './catalog.ts';
import { dockerhub } from './dockerhub.ts';
import { ecr, ecrPublic } from './ecr.ts';
import { index } from './index-search.ts';
import type { ListerDefinition, ListerDeps } from './lister.ts';

/** The first that applies lists a location; `catalog` is last because it applies to what the others leave. */
export const listerDefinitions: readonly ListerDefinition[] = [ecr, ecrPublic, dockerhub, index, catalog];

export interface ListingLimits {
  /** No further page is asked for once this many names are known; absent: no limit. Never a truncation. */
  readonly maxItems?: number;
  /** 0: every `list` asks the registry. */
  readonly cacheDurationMs: number;
}

/** The lister of a location, with `limits`; what it finds is kept in `deps.listings`. */
export function createLister(location: Location, deps: ListerDeps, limits: ListingLimits): RepositoryLister {
  const definition = listerDefinitions.find((candidate) => candidate.appliesTo(location)) ?? catalog;
  const { cacheDurationMs } = limits;
  const maxItems = lower(limits.maxItems, definition.maxItems);
  const question = {
    key: listingKey(definition, location, maxItems),
    ttlMs: cacheDurationMs,
    fetch: (signal: AbortSignal) => collect(definition.pages(location, deps, { signal, maxItems }), maxItems),
  };
  return { maxItems, list: ({ signal } = {}) => deps.listings.get(question, signal) };
}

const lower = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

/** Names without repeats, in the order of the registry. */
async function collect(
  pages: AsyncIterable<readonly string[]>,
  maxItems = Number.POSITIVE_INFINITY,
): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const page of pages) {
    for (const name of page) names.add(name);
    if (names.size >= maxItems) break;
  }
  return [...names];
}

/** Everything that changes the answer, and nothing secret. */
function listingKey(definition: ListerDefinition, location: Location, maxItems: number | undefined): string {
  const { auth, registry, lister, ecrPublic: publicAccount, aws } = location;
  const user = 'username' in auth ? auth.username : '';
  const parts = [
    definition.type,
    registry.text,
    auth.kind,
    user,
    lister?.search,
    publicAccount,
    aws,
    maxItems,
  ];
  return JSON.stringify(parts.map((part) => part ?? null));
}
