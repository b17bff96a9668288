import type { Mapping } from '@regfleet/config';
import { type Location, makeReference, registryHost } from '@regfleet/model';
import type { RepositoryLister } from '@regfleet/registry';
import type { RepositoryPair } from './contract.ts';

/** Splits a location's registry into its host and the path that prefixes every repository; dregsy allows one. */
export function rooted(location: Location, path: string): { registry: string; repository: string } {
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

/** The names by which a lister may have given a repository of the source: the inverse of `rooted`. */
export function listedNames(location: Location, repository: string): readonly string[] {
  const slash = location.registry.indexOf('/');
  const prefix = slash < 0 ? '' : location.registry.slice(slash + 1).replace(/\/+$/, '');
  const isBelow = prefix === '' || repository.startsWith(`${prefix}/`);
  if (!isBelow) return [];
  const name = prefix === '' ? repository : repository.slice(prefix.length + 1);
  // Docker Hub's own images have a first part that lists may leave out.
  const bare = name.replace(/^library\//, '');
  return bare === name ? [name] : [name, bare];
}
