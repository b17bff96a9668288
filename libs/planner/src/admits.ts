import { type Mapping, type Task, targetTasks } from '@regfleet/config';
import {
  type CopyRequest,
  formatReference,
  isAnchorTag,
  isDigestTag,
  type Location,
  type Reference,
} from '@regfleet/model';
import type { PlannedTask, RepositoryPair } from './contract.ts';
import { admitsNames } from './image-names.ts';
import { isOntoItself } from './onto-itself.ts';
import { listedNames, pairOf, unlessInvalid } from './repositories.ts';
import { copyRequest } from './requests.ts';

/**
 * Whether a task may ask for a copy, as far as the copy and the task can tell: by its registries, repositories and tag, and by
 * later mappings that name the same target. Relay and platform are not looked at.
 *
 * What only the lists of the source tell is taken for granted: that repository and tag exist, what `keep: latest` counts, and
 * that no other repository, by this mapping or by a later one with a pattern, goes to the same target.
 *
 * Whoever carries copies out checks by it what others have put into the queue.
 */
export const admitsCopy = (task: Task, request: CopyRequest): boolean =>
  admittingMapping(task, request) !== undefined;

/** The mapping by which a task may ask for a copy; absent: none. */
export function admittingMapping(task: Task, request: CopyRequest): Mapping | undefined {
  for (const one of targetTasks(task)) {
    const mapping = mappingFor(one, request);
    if (mapping !== undefined) return mapping;
  }
  return undefined;
}

function mappingFor(task: PlannedTask, request: CopyRequest): Mapping | undefined {
  if (!isOf(task, request) || isOntoItself(request)) return undefined;
  // A plan names an end by its tag or by its digest, never by both.
  if ([request.source, request.target].some(({ tag, digest }) => tag !== undefined && digest !== undefined))
    return undefined;
  if ([request.source, request.target].some(({ tag = '' }) => isAnchorTag(tag))) return undefined;
  const index = task.mappings.findLastIndex(
    (mapping) => isMapped(task, mapping, request) && admitsNames(mapping, request),
  );
  const found = task.mappings[index];
  if (found === undefined || isBelonging(found, request)) return undefined;
  const later = task.mappings.slice(index + 1);
  return later.some((mapping) => isWritten(task, mapping, request.target)) ? undefined : found;
}

/** True: it goes with its image, never by itself. */
const isBelonging = ({ referrers }: Mapping, { source }: CopyRequest): boolean =>
  referrers !== undefined && isDigestTag(source.tag ?? '');

const isOf = ({ source, target }: PlannedTask, request: CopyRequest): boolean =>
  source.registry.host === request.source.registry && target.registry.host === request.target.registry;

function isMapped(task: PlannedTask, mapping: Mapping, request: CopyRequest): boolean {
  const { from } = mapping;
  const pairs =
    from.kind === 'plain'
      ? namedByItself(task, mapping).pairs
      : listedNames(task.source, request.source.repository)
          .filter((name) => from.matches(name))
          .flatMap((name) => pairsOf(task, mapping, name));
  return pairs.some(
    ({ source, target }) =>
      source.repository === request.source.repository && target.repository === request.target.repository,
  );
}

/** True where the mapping writes the image whatever the source has: one repository, and tags that are written out. */
const isWritten = (task: PlannedTask, mapping: Mapping, image: Reference): boolean =>
  namedByItself(task, mapping).targets.has(formatReference(image));

const pairsOf = (task: PlannedTask, mapping: Mapping, name: string): RepositoryPair[] => {
  const pair = unlessInvalid(() => pairOf(task, mapping, name));
  return pair === undefined ? [] : [pair];
};

/** What a mapping without a pattern says by itself, whatever the source has. */
interface NamedByItself {
  readonly pairs: readonly RepositoryPair[];
  /** The images that it writes, where its tags are written out. */
  readonly targets: ReadonlySet<string>;
}

const NOTHING: NamedByItself = { pairs: [], targets: new Set() };

// Asked for each copy of each mapping of its task, of which there may be thousands. A mapping and a target are of one task, and never change.
const known = new WeakMap<Location, WeakMap<Mapping, NamedByItself>>();

function namedByItself(task: PlannedTask, mapping: Mapping): NamedByItself {
  const ofTarget = known.get(task.target) ?? new WeakMap<Mapping, NamedByItself>();
  known.set(task.target, ofTarget);
  const told = ofTarget.get(mapping);
  if (told !== undefined) return told;
  const { from, tags } = mapping;
  const pairs = from.kind === 'plain' ? pairsOf(task, mapping, from.repository) : [];
  const entries = tags.needsListing ? [] : tags.select([]);
  const requests = pairs.flatMap((pair) =>
    entries.map((entry) => unlessInvalid(() => copyRequest(task, mapping, pair, entry))),
  );
  const targets = requests
    .filter((request) => request !== undefined && !isOntoItself(request))
    .map((request) => (request === undefined ? '' : formatReference(request.target)));
  const named = pairs.length === 0 ? NOTHING : { pairs, targets: new Set(targets) };
  ofTarget.set(mapping, named);
  return named;
}
