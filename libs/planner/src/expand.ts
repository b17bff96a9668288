import type { Mapping, TagDecision } from '@regfleet/config';
import {
  type CopyRequest,
  clip,
  formatReference,
  isTagName,
  type Location,
  makeReference,
  type Side,
  SyncError,
  toSyncError,
} from '@regfleet/model';
import type { PlanEntry, PlannedTask, PlanPorts, RepositoryPair } from './contract.ts';
import { mappedRepositories } from './repositories.ts';
import { copyRequest } from './requests.ts';
import { Writers } from './writers.ts';

/** What expansion knows of an image before either registry was asked about it. */
export interface SelectedImage {
  readonly kind: 'selected';
  readonly mapping: string;
  readonly request: CopyRequest;
  readonly reason: string;
  /** The `immutable` pattern that the tag matches; absent: none does. */
  readonly immutable?: string;
}

const ONTO_ITSELF = 'the repository is mapped onto itself: images that would keep their name are left out';

const isSameRepository = ({ source, target }: RepositoryPair): boolean =>
  source.registry === target.registry && source.repository === target.repository;

export type Expanded = SelectedImage | Exclude<PlanEntry, { kind: 'image' }>;

interface Expansion {
  readonly task: PlannedTask;
  readonly ports: PlanPorts;
  readonly signal: AbortSignal | undefined;
  readonly writers: Writers;
}

/**
 * Every image that a task's mappings and filters choose, and every tag they leave out, mapping by mapping.
 *
 * Where two mappings write the same target reference the later one of the file wins, as it does when dregsy copies one after
 * the other; therefore the last mapping comes first. An image whose source and target are one is left out. A mapping or
 * repository that fails is told and the next one goes on.
 *
 * @throws {SyncError} `RATE_LIMITED` from a listing; the abort reason.
 */
export async function* expandTask(
  task: PlannedTask,
  ports: PlanPorts,
  signal?: AbortSignal,
): AsyncGenerator<Expanded> {
  const expansion: Expansion = { task, ports, signal, writers: new Writers() };
  // All before the first: who writes a repository has to be known before its tags are forgotten.
  const found: Found[] = [];
  for (const mapping of task.mappings.toReversed()) found.push(await findRepositories(expansion, mapping));
  for (const { mapping, pairs, error } of found) {
    if (error !== undefined) yield failure(expansion, mapping, { error, reference: task.source.registry });
    for (const pair of pairs) {
      signal?.throwIfAborted();
      yield* expandRepository(expansion, mapping, pair);
      expansion.writers.finish(pair.target);
    }
  }
}

interface Found {
  readonly mapping: Mapping;
  readonly pairs: readonly RepositoryPair[];
  /** Told when it is the mapping's turn, so that those before it are planned all the same. */
  readonly error?: unknown;
}

async function findRepositories(expansion: Expansion, mapping: Mapping): Promise<Found> {
  const { task, ports, signal, writers } = expansion;
  try {
    const pairs = await mappedRepositories(mapping, task, () => ports.lister(task.source), signal);
    for (const pair of pairs) writers.expect(pair.target);
    return { mapping, pairs };
  } catch (error) {
    signal?.throwIfAborted();
    return { mapping, pairs: [], error };
  }
}

async function* expandRepository(
  expansion: Expansion,
  mapping: Mapping,
  pair: RepositoryPair,
): AsyncGenerator<Expanded> {
  const { ports, task, signal } = expansion;
  const reference = formatReference(makeReference(pair.source));
  let available: readonly string[] = [];
  try {
    if (mapping.tags.needsListing)
      available = await allTags(ports, task.source, pair.source.repository, signal);
  } catch (error) {
    yield failure(expansion, mapping, { error, reference });
    return;
  }
  const impossible = available.filter((tag) => !isTagName(tag));
  if (impossible.length > 0) {
    available = available.filter(isTagName);
    yield failure(expansion, mapping, { error: notTags(impossible), reference });
  }
  const decisions = mapping.tags.explain(available);
  const selected = decisions.filter((decision) => decision.selected).length;
  yield {
    kind: 'repository',
    mapping: mapping.path,
    pair,
    listed: available.length,
    selected,
    ...(isSameRepository(pair) && { warning: ONTO_ITSELF }),
  };
  for (const decision of decisions) yield decide(expansion, mapping, pair, decision);
}

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
  ports: PlanPorts,
  source: Location,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const tags: string[] = [];
  for await (const page of ports.client(source).listTags(repository, { signal })) tags.push(...page);
  return tags;
}

function decide(
  expansion: Expansion,
  mapping: Mapping,
  pair: RepositoryPair,
  decision: TagDecision,
): Expanded {
  const dropped = (reason: string): Expanded => ({
    kind: 'dropped',
    mapping: mapping.path,
    pair,
    tag: decision.tag,
    reason,
  });
  if (!decision.selected) return dropped(decision.reason);
  try {
    const request = copyRequest(expansion.task, mapping, pair, decision.tag);
    const target = formatReference(request.target);
    // A platform copied over its own index would take the other platforms away from the source.
    if (target === formatReference(request.source)) return dropped('source and target are the same image');
    const writer = expansion.writers.claim(request.target, mapping.path);
    if (writer !== undefined) return dropped(`${writer} writes ${target} too, and comes later`);
    const immutable = mapping.immutable?.match(request.target.tag ?? decision.tag);
    return {
      kind: 'selected',
      mapping: mapping.path,
      request,
      reason: decision.reason,
      ...(immutable !== undefined && { immutable }),
    };
  } catch (error) {
    return failure(expansion, mapping, { error, reference: formatReference(makeReference(pair.source)) });
  }
}

function failure(
  expansion: Expansion,
  mapping: Mapping,
  failed: { error: unknown; reference: string },
): Extract<Expanded, { kind: 'failure' }> {
  expansion.signal?.throwIfAborted();
  const side: Side = 'source';
  const error: SyncError = toSyncError(failed.error).located({ side, reference: failed.reference });
  if (error.kind === 'rate-limited') throw error;
  return { kind: 'failure', mapping: mapping.path, error };
}
