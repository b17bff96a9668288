import { imageNames, type Mapping, parseTagEntry, type SyncConfig } from '@regfleet/config';
import { formatReference, isSyncError, makeReference, type Side } from '@regfleet/model';
import { mappedRepositories, type PlannedTask, type RepositoryPair } from '@regfleet/planner';
import type { Registries, RegistryClient, RepositoryLister } from '@regfleet/registry';

/** A mapping whose copies a login is for, on one side. */
export interface Purpose {
  readonly task: PlannedTask;
  readonly mapping: Mapping;
  readonly side: Side;
}

export interface ProofDeps {
  readonly registries: Registries;
  readonly client: RegistryClient;
  readonly lister: SyncConfig['lister'];
  readonly signal: AbortSignal;
}

/** What a request showed; absent: the mapping comes to no repository. */
export interface Proof {
  /** Of the copies, as in `may list the tags of docker.io/library/busybox`. */
  readonly proved: string;
  /** The repository. */
  readonly name: string;
  /** True: the repository or image is not there, or hidden from the account. */
  readonly isMissing?: boolean;
}

/**
 * Asks what a copy of the mapping asks first: at the source for what the filter looks at, at the target with a login for
 * a push. Of what a regex chooses the first repository stands for all.
 *
 * @throws {SyncError} what the registry says against it.
 */
export async function prove(purpose: Purpose, deps: ProofDeps): Promise<Proof | undefined> {
  const { mapping, side } = purpose;
  const place = (await pairsOf(purpose, deps))[0]?.[side];
  if (place === undefined) return undefined;
  const name = formatReference(makeReference(place));
  return side === 'source'
    ? await provePull(mapping, { ...place, name }, deps)
    : await provePush({ ...place, name }, deps);
}

async function pairsOf(
  { task, mapping, side }: Purpose,
  deps: ProofDeps,
): Promise<readonly RepositoryPair[]> {
  const lister = (): RepositoryLister => deps.registries.lister(task.source, deps.lister);
  try {
    return (await mappedRepositories(mapping, task, lister, deps.signal)).pairs;
  } catch (error) {
    // That the source cannot be listed is told there.
    if (side === 'source' || mapping.from.kind === 'plain') throw error;
    deps.signal.throwIfAborted();
    return [];
  }
}

interface Place {
  readonly repository: string;
  readonly name: string;
}

async function provePull(mapping: Mapping, place: Place, { client, signal }: ProofDeps): Promise<Proof> {
  const { repository, name } = place;
  if (mapping.tags.needsListing) {
    const proved = `may list the tags of ${name}`;
    try {
      for await (const _ of client.listTags(repository, { signal, maxPages: 1 })) break;
      return { name, proved };
    } catch (error) {
      if (!isSyncError(error) || error.code !== 'REPOSITORY_UNKNOWN') throw error;
      return { name, proved: `may ask for the tags of ${name}`, isMissing: true };
    }
  }
  const { source } = imageNames(parseTagEntry(mapping.tags.select([])[0] ?? ''));
  const head = await client.headManifest(repository, 'digest' in source ? source.digest : source.tag, {
    signal,
  });
  return head === undefined
    ? { name, proved: `may ask for images of ${name}`, isMissing: true }
    : { name, proved: `may read ${name}` };
}

async function provePush({ repository, name }: Place, { client, signal }: ProofDeps): Promise<Proof> {
  const permission = await client.pushPermission(repository, { signal });
  if (permission === 'token') return { name, proved: `token for push to ${name} granted` };
  return { name, proved: `may ask for images of ${name}, push is not tried` };
}
