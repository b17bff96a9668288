import { type Mapping, parseTagEntry, type TagDecision } from '@regfleet/config';
import {
  type CopyRequest,
  formatReference,
  isAnchorTag,
  isDigestTag,
  type ManifestHead,
  type OnChange,
  type ReferrerRule,
  type Side,
  type SyncError,
  type TrailRule,
  toSyncError,
} from '@regfleet/model';
import type { RepositoryLister } from '@regfleet/registry';
import type { PlanEntry, PlannedTask, PlanPorts, RepositoryPair } from './contract.ts';
import { emptyFilterWarning, selectedCount, tooFewTags } from './empty-filter.ts';
import { nameOf } from './image-names.ts';
import { type ListedRepository, listRepository, sourceName } from './listed-repository.ts';
import { blockage, byTarget, type Meeting, meet, writerName } from './meeting.ts';
import { isOntoItself, isSameRepository } from './onto-itself.ts';
import { digestTagsOf, unaskedBelongings } from './referrers-drift.ts';
import { type MappedRepositories, mappedRepositories } from './repositories.ts';
import { copyRequest } from './requests.ts';
import { nextTurn, SLICE } from './turns.ts';
import { withDigests } from './with-digests.ts';
import { Writers } from './writers.ts';

/** What expansion knows of an image before either registry was asked about it. */
export interface SelectedImage {
  readonly kind: 'selected';
  readonly mapping: string;
  readonly pair: RepositoryPair;
  /** As the filter yields it. */
  readonly tag: string;
  readonly request: CopyRequest;
  readonly reason: string;
  /** The `immutable` pattern that the tag matches; absent: none does. */
  readonly immutable?: string;
  /** What the source has just said of it; absent: it was not asked yet. */
  readonly head?: ManifestHead;
  /** How many tags of the repository are chosen. */
  readonly among: number;
  /** What becomes of it where the target has another content; absent: that is overwritten. */
  readonly onChange?: OnChange;
  /** By how much its tag at the target is behind on purpose; absent: not at all. */
  readonly trail?: TrailRule;
  /** What belongs to the image and goes with it; absent: nothing. */
  readonly referrers?: ReferrerRule;
  /** The tags of the repository that stand for what belongs to images; absent: its tags were not listed. */
  readonly digestTags?: ReadonlySet<string>;
}

const ONTO_ITSELF = 'the repository is mapped onto itself: images that would keep their name are left out';

const OF_AN_IMAGE = 'it belongs to an image: it goes with that, or not at all';

const AN_ANCHOR = 'it holds an image for another tag of its repository, and goes nowhere';

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
 * the other; therefore the last mapping comes first. Where one mapping would write it from two repositories, neither is
 * copied, and nothing of repositories that go to the same one while the tags of one of them are not known. An image whose source and target are one is left out. A mapping or repository that fails is told and the next one
 * goes on.
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
  for (const { mapping, groups, errors, warnings } of found) {
    for (const warning of warnings) yield { kind: 'warning', mapping: mapping.path, ...warning };
    for (const error of errors)
      yield failure(expansion, mapping, { error, reference: task.source.registry.text });
    for (const group of groups) {
      signal?.throwIfAborted();
      yield* expandGroup(expansion, mapping, group);
      for (const pair of group) expansion.writers.finish(pair.target);
    }
  }
}

interface Found {
  readonly mapping: Mapping;
  /** Repositories that go to the same one. */
  readonly groups: readonly (readonly RepositoryPair[])[];
  /** Told when it is the mapping's turn, so that those before it are planned all the same. */
  readonly errors: readonly unknown[];
  readonly warnings: MappedRepositories['warnings'];
}

async function findRepositories(expansion: Expansion, mapping: Mapping): Promise<Found> {
  const { task, ports, signal, writers } = expansion;
  try {
    const lister = (): RepositoryLister => ports.lister(task.source);
    const { pairs, errors, warnings } = await mappedRepositories(mapping, task, lister, signal);
    for (const pair of pairs) writers.expect(pair.target);
    return { mapping, groups: byTarget(pairs), errors, warnings };
  } catch (error) {
    signal?.throwIfAborted();
    return { mapping, groups: [], errors: [error], warnings: [] };
  }
}

async function* expandGroup(
  expansion: Expansion,
  mapping: Mapping,
  group: readonly RepositoryPair[],
): AsyncGenerator<Expanded> {
  const repositories: ListedRepository[] = [];
  let names = 0;
  for (const pair of group) {
    const repository = await withDigests(expansion, mapping, await listRepository(expansion, mapping, pair));
    const tooFew = tooFewTags(mapping, repository);
    for (const error of [...repository.errors, ...(tooFew === undefined ? [] : [tooFew])])
      yield failure(expansion, mapping, { error, pair, reference: sourceName(pair) });
    repositories.push(repository);
    names += repository.decisions.length;
    const error = blockage(group, repository, names);
    if (error !== undefined) return yield failure(expansion, mapping, { error, reference: sourceName(pair) });
  }
  const meeting = meet(mapping, repositories);
  const [first] = group;
  if (meeting.error !== undefined && first !== undefined)
    yield failure(expansion, mapping, { error: meeting.error, reference: sourceName(first) });
  for (const repository of repositories) yield* expandRepository(expansion, mapping, { repository, meeting });
}

async function* expandRepository(
  expansion: Expansion,
  mapping: Mapping,
  { repository, meeting }: { repository: ListedRepository; meeting: Meeting },
): AsyncGenerator<Expanded> {
  const { pair, listed, decisions, state } = repository;
  if (state !== 'listed') return;
  const emptiness = emptyFilterWarning(mapping, repository);
  const selected = selectedCount(repository);
  const digestTags = digestTagsOf(mapping, decisions);
  const belongings = unaskedBelongings(mapping, decisions);
  yield {
    kind: 'repository',
    mapping: mapping.path,
    pair,
    listed,
    selected,
    ...(belongings > 0 && { belongings }),
    ...(isSameRepository(pair) && { warning: ONTO_ITSELF }),
    ...(emptiness !== undefined && { isEmpty: true, warning: emptiness }),
  };
  for (const [index, decision] of decisions.entries()) {
    if (index % SLICE === SLICE - 1) await nextTurn();
    yield decide(expansion, mapping, { repository, decision, meeting, among: selected, digestTags });
  }
}

interface Candidate {
  readonly repository: ListedRepository;
  readonly decision: TagDecision;
  readonly meeting: Meeting;
  readonly among: number;
  readonly digestTags: ReadonlySet<string> | undefined;
}

function decide(expansion: Expansion, mapping: Mapping, candidate: Candidate): Expanded {
  const { repository, decision, meeting, among, digestTags } = candidate;
  const { pair } = repository;
  const head = repository.heads?.get(decision.tag);
  const dropped = (reason: string): Expanded => ({
    kind: 'dropped',
    mapping: mapping.path,
    pair,
    tag: decision.tag,
    reason,
  });
  if (!decision.selected) return dropped(decision.reason);
  if (isAnchorTag(parseTagEntry(decision.tag).name ?? '')) return dropped(AN_ANCHOR);
  if (mapping.referrers !== undefined && isDigestTag(decision.tag)) return dropped(OF_AN_IMAGE);
  try {
    const unnamed = repository.unnamed?.get(decision.tag);
    if (unnamed !== undefined) throw unnamed;
    const request = copyRequest(expansion.task, mapping, pair, decision.tag);
    const obstacle = obstacleOf(expansion, mapping, { request, pair, meeting });
    if (obstacle !== undefined) return dropped(obstacle);
    const immutable = mapping.immutable?.match(parseTagEntry(decision.tag).name ?? decision.tag);
    return {
      kind: 'selected',
      mapping: mapping.path,
      pair,
      tag: decision.tag,
      request,
      reason: decision.reason,
      among,
      ...(head !== undefined && { head }),
      ...(immutable !== undefined && { immutable }),
      ...(mapping.onChange !== undefined && { onChange: mapping.onChange }),
      ...(mapping.trail !== undefined && request.target.tag !== undefined && { trail: mapping.trail }),
      ...(mapping.referrers !== undefined && { referrers: mapping.referrers }),
      ...(digestTags !== undefined && { digestTags }),
    };
  } catch (error) {
    return { ...failure(expansion, mapping, { error, reference: sourceName(pair) }), tag: decision.tag };
  }
}

/** Why a chosen image is not copied all the same; absent: it is, and its name at the target is the mapping's from now on. */
function obstacleOf(
  { writers }: Expansion,
  mapping: Mapping,
  { request, pair, meeting }: Pick<Candidate, 'meeting'> & { request: CopyRequest; pair: RepositoryPair },
): string | undefined {
  // A platform copied over its own index would take the other platforms away from the source.
  if (isOntoItself(request)) return 'source and target are the same image';
  const rivals = rivalsOf(request, writerName(mapping, pair, nameOf(request.source)), meeting);
  if (rivals !== undefined) return `${rivals}: neither is copied`;
  const writer = writers.claim(request.target, mapping.path);
  if (writer === undefined) return undefined;
  const place = formatReference(request.target);
  const isOwn = writer === mapping.path && mapping.targetTag !== undefined;
  return isOwn ? `${place} is the same image already` : `${writer} writes ${place} too, and comes later`;
}

/** Who else of the mapping would write the image, for the reader; absent: nobody. */
function rivalsOf({ target }: CopyRequest, writer: string, meeting: Meeting): string | undefined {
  const rivals = [...(meeting.contested.get(target.tag ?? '') ?? [])].filter((name) => name !== writer);
  const [first, ...more] = rivals;
  if (first === undefined || target.tag === undefined) return undefined;
  return `${first}${more.length === 0 ? '' : ` and ${more.length} more`} of this mapping would write ${formatReference(target)} too`;
}

function failure(
  expansion: Expansion,
  mapping: Mapping,
  failed: { error: unknown; reference: string; pair?: RepositoryPair },
): Extract<Expanded, { kind: 'failure' }> {
  expansion.signal?.throwIfAborted();
  const side: Side = 'source';
  const error: SyncError = toSyncError(failed.error).located({ side, reference: failed.reference });
  if (error.kind === 'rate-limited') throw error;
  const { pair } = failed;
  return { kind: 'failure', mapping: mapping.path, error, ...(pair !== undefined && { pair }) };
}
