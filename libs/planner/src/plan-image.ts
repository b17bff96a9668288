import { type ImageName, type Mapping, parseTagEntry } from '@regfleet/config';
import type { Reference } from '@regfleet/model';
import type {
  ConcernedImage,
  PlanEntry,
  PlannedTask,
  PlanOptions,
  PlanPorts,
  RepositoryPair,
} from './contract.ts';
import { namesOf } from './image-names.ts';
import { planTask } from './plan.ts';
import { mappedRepositories, pairOf, unlessInvalid } from './repositories.ts';

/**
 * What a run of the task would do with one image of its source or target: as `planTask` tells it, of nothing else.
 *
 * Lists the tags of no repository but those that go where the image's goes, and compares no other image.
 *
 * @returns nothing where no mapping of the task has the image's repository on either side.
 * @throws {SyncError} what a lister throws; `RATE_LIMITED`; the abort reason.
 */
export async function* planImage(
  task: PlannedTask,
  image: Reference,
  ports: PlanPorts,
  options: Pick<PlanOptions, 'signal'> = {},
): AsyncGenerator<PlanEntry> {
  const isHost = (side: 'source' | 'target'): boolean => task[side].registry.host === image.registry;
  if (!isHost('source') && !isHost('target')) return;
  const mapped = await mappedPairs(task, ports, options);
  const pairs = mapped.flatMap((each) => each.pairs);
  const targets = new Set(pairs.filter((pair) => has(pair, image)).map(({ target }) => target.repository));
  if (targets.size === 0) return;
  const isNear = ({ target }: RepositoryPair): boolean => targets.has(target.repository);
  // Others that write the same target decide, too.
  const mappings = mapped.filter((each) => each.pairs.some(isNear)).map(({ mapping }) => mapping);
  const isNearName = (name: string): boolean =>
    mappings.some((mapping) => {
      const pair =
        mapping.from.kind === 'regex' &&
        mapping.from.matches(name) &&
        unlessInvalid(() => pairOf(task, mapping, name));
      return pair !== undefined && pair !== false && isNear(pair);
    });
  const lister: PlanPorts['lister'] = (location) => {
    const whole = ports.lister(location);
    return { ...whole, list: async (listing) => (await whole.list(listing)).filter(isNearName) };
  };
  yield* planTask(
    { ...task, mappings },
    { ...ports, lister },
    { ...options, concerns: (other) => isMeant(mappings, other, image) },
  );
}

interface Mapped {
  readonly mapping: Mapping;
  readonly pairs: readonly RepositoryPair[];
}

async function mappedPairs(
  task: PlannedTask,
  ports: PlanPorts,
  { signal }: Pick<PlanOptions, 'signal'>,
): Promise<Mapped[]> {
  const found: Mapped[] = [];
  for (const mapping of task.mappings) {
    const { pairs } = await mappedRepositories(mapping, task, () => ports.lister(task.source), signal);
    found.push({ mapping, pairs });
  }
  return found;
}

const has = (pair: RepositoryPair, { registry, repository }: Reference): boolean =>
  [pair.source, pair.target].some((end) => end.registry === registry && end.repository === repository);

function isMeant(
  mappings: readonly Mapping[],
  { mapping: path, pair, tag }: ConcernedImage,
  image: Reference,
): boolean {
  const mapping = mappings.find((each) => each.path === path);
  const names = mapping && unlessInvalid(() => namesOf(mapping, pair, tag));
  if (names === undefined) return false;
  const isOfTag = image.tag !== undefined && parseTagEntry(tag).name === image.tag;
  if (
    mapping?.targetTag?.needsDigest === true &&
    isOfTag &&
    has({ source: pair.source, target: pair.source }, image)
  )
    return true;
  return (['source', 'target'] as const).some(
    (side) => has({ source: pair[side], target: pair[side] }, image) && isNamed(names[side], image),
  );
}

const isNamed = (name: ImageName, { tag, digest }: Reference): boolean =>
  'tag' in name ? name.tag === tag : name.digest === digest;
