import type { Mapping } from '@regfleet/config';
import { type Location, makeReference, registryHost } from '@regfleet/model';
import type { RepositoryLister } from '@regfleet/registry';
import type { RepositoryPair } from './contract.ts';

/** Splits a location's registry into its host and the path that prefixes every repository; dregsy allows one. */
function rooted(location: Location, path: string): { registry: string; repository: string } {
  const slash = location.registry.indexOf('/');
  const prefix = slash < 0 ? '' : location.registry.slice(slash + 1);
  const repository = `${prefix}/${path}`.replace(/\/{2,}/g, '/');
  const reference = makeReference({ registry: registryHost(location.registry), repository });
  return { registry: reference.registry, repository: reference.repository };
}

/**
 * The repositories that a mapping names, in the lister's order, each with the one it goes to.
 *
 * @throws {SyncError} what the lister throws; `REFERENCE_INVALID` where a name does not make a reference.
 */
export async function mappedRepositories(
  mapping: Mapping,
  sides: { source: Location; target: Location },
  lister: () => Pick<RepositoryLister, 'list'>,
  signal: AbortSignal | undefined,
): Promise<RepositoryPair[]> {
  const { from } = mapping;
  const names =
    from.kind === 'plain'
      ? [from.repository]
      : (await lister().list({ signal })).filter((name) => from.matches(name));
  return names.map((name) => ({
    source: rooted(sides.source, name),
    target: rooted(sides.target, mapping.targetPath(name)),
  }));
}
