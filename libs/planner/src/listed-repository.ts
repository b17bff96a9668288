import type { Mapping, TagDecision } from '@regfleet/config';
import {
  clip,
  formatReference,
  isAnchorTag,
  isSyncError,
  isTagName,
  type Location,
  type ManifestHead,
  makeReference,
  SyncError,
} from '@regfleet/model';
import type { PlannedTask, PlanPorts, RepositoryPair } from './contract.ts';
import { inTurns } from './turns.ts';

/** What a mapping's filter makes of the tags of one repository. */
export interface ListedRepository {
  readonly pair: RepositoryPair;
  /** How many tags the source listed; 0 where the filter needs no listing. */
  readonly listed: number;
  /** Empty where they could not be listed. */
  readonly decisions: readonly TagDecision[];
  /** What the source has said already, by the tag of the decision; absent: it was not asked about any. */
  readonly heads?: ReadonlyMap<string, ManifestHead>;
  /** Why what has to be known for the name at the target is not, by the tag of the decision. */
  readonly unnamed?: ReadonlyMap<string, unknown>;
  /** Why not all of it is known. */
  readonly errors: readonly unknown[];
  /** `missing`: the source says that there is none, so it has no tags; `unknown`: they could not be listed. */
  readonly state: 'listed' | 'missing' | 'unknown';
}

interface Source {
  readonly task: Pick<PlannedTask, 'source'>;
  readonly ports: Pick<PlanPorts, 'client'>;
  readonly signal: AbortSignal | undefined;
}

/** Asks for the tags where the filter needs them. What the registry says against that is told, not thrown. */
export async function listRepository(
  { task, ports, signal }: Source,
  mapping: Mapping,
  pair: RepositoryPair,
): Promise<ListedRepository> {
  try {
    const all = mapping.tags.needsListing
      ? await allTags(ports, task.source, pair.source.repository, signal)
      : [];
    const impossible = all.filter((tag) => !isTagName(tag));
    const available = all.filter((tag) => isTagName(tag) && !isAnchorTag(tag));
    const errors = impossible.length === 0 ? [] : [notTags(impossible)];
    const decisions = await inTurns(mapping.tags.explaining(available), signal);
    return { pair, listed: available.length, decisions, errors, state: 'listed' };
  } catch (error) {
    signal?.throwIfAborted();
    const isMissing = isSyncError(error) && error.code === 'REPOSITORY_UNKNOWN';
    return { pair, listed: 0, decisions: [], errors: [error], state: isMissing ? 'missing' : 'unknown' };
  }
}

/** The repository of the source, for messages. */
export const sourceName = ({ source }: RepositoryPair): string => formatReference(makeReference(source));

// Of what a registry calls a tag, in messages.
const SHOWN_LENGTH = 64;

/** One error for all of a repository, however many its registry makes up. */
function notTags([first = '', ...more]: readonly string[]): SyncError {
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return new SyncError('RESPONSE_INVALID', {
    message: `the registry lists what cannot be a tag: "${clip(first, SHOWN_LENGTH)}"${others}`,
    hint: 'tags have at most 128 letters, digits and _ . -; is it a registry that answers?',
  });
}

async function allTags(
  ports: Pick<PlanPorts, 'client'>,
  source: Location,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const tags: string[] = [];
  for await (const page of ports.client(source).listTags(repository, { signal })) {
    // Some registries put all of them on one page: more than a call takes arguments.
    for (const tag of page) tags.push(tag);
  }
  return tags;
}
