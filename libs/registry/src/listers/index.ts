import { LISTER_OPTION_NAMES, type ListerType, type Location } from '@regfleet/model';
import type { RepositoryLister } from '../contract.ts';
import { catalog } from './catalog.ts';
import { dockerhub } from './dockerhub.ts';
import { ecr, ecrPublic } from './ecr.ts';
import { index } from './index-search.ts';
import type { HostLister, ListerDefinition, ListerDeps } from './lister.ts';

/** How each lister lists that a config can name. */
const LISTER_DEFINITIONS: Readonly<Record<ListerType, ListerDefinition>> = {
  catalog,
  dockerhub,
  index,
};

/** The first that applies lists where a location names `catalog`, or nothing. */
const HOST_LISTERS: readonly HostLister[] = [ecr, ecrPublic];

/** What lists a location, and its name. */
export function listerOf(location: Location): {
  readonly name: string;
  readonly definition: ListerDefinition;
} {
  const type = location.lister?.type ?? 'catalog';
  const special = type === 'catalog' ? HOST_LISTERS.find((lister) => lister.appliesTo(location)) : undefined;
  return special === undefined
    ? { name: type, definition: LISTER_DEFINITIONS[type] }
    : { name: special.type, definition: special };
}

export interface ListingLimits {
  /** No further page is asked for once this many names are known; absent: no limit. Never a truncation. */
  readonly maxItems?: number;
  /** 0: every `list` asks the registry. */
  readonly cacheDurationMs: number;
}

/** The lister of a location, with `limits`; what it finds is kept in `deps.listings`. */
export function createLister(location: Location, deps: ListerDeps, limits: ListingLimits): RepositoryLister {
  const { name, definition } = listerOf(location);
  const { cacheDurationMs } = limits;
  const maxItems = lower(limits.maxItems, definition.maxItems);
  const question = {
    key: listingKey(name, location, maxItems),
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
function listingKey(name: string, location: Location, maxItems: number | undefined): string {
  const { auth, registry, lister, ecrPublic: publicAccount, aws } = location;
  const user = 'username' in auth ? auth.username : '';
  const parts = [
    name,
    registry.text,
    auth.kind,
    user,
    auth.kind === 'github' ? auth.audience : undefined,
    ...LISTER_OPTION_NAMES.map((option) => lister?.[option]),
    publicAccount,
    aws,
    maxItems,
  ];
  return JSON.stringify(parts.map((part) => part ?? null));
}
