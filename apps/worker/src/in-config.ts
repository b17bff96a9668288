import { type SyncConfig, unnamedEnd } from '@regfleet/config';
import { HandBackError } from '@regfleet/fleet';
import {
  type CopyRequest,
  formatReference,
  isAnchorTag,
  RELAYS,
  type ReferrerRule,
  SyncError,
} from '@regfleet/model';
import { admittingMapping, checkOntoItself } from '@regfleet/planner';
import type { CopyImageOptions } from '@regfleet/relay';

const HAND_BACK_MS = 5_000;
// A rolling deploy replaces workers within minutes; until then a job may be newer than this worker's config.
const LIMIT_MS = 10 * 60_000;

/**
 * Lets a copy pass that the config of this worker may ask for: of a task, what its mappings yield; of none, what goes from
 * one registry that the file names to another; never an image over itself. Whoever can write to Redis can put any other job
 * there. The relay and the platform are the job's, but that the relay has to heed what the mapping says of tags that move.
 *
 * @throws {SyncError} `REFERENCE_INVALID` where source and target are one image.
 * @throws {HandBackError} that ends as `NOT_IN_CONFIG` after ten minutes.
 */
export function checkInConfig(request: CopyRequest, config: SyncConfig): void {
  checkOntoItself(request);
  const why = refusal(request, config);
  if (why === undefined) return;
  const { source, target } = request;
  const error = new SyncError('NOT_IN_CONFIG', {
    message: `${formatReference(source)} is not copied to ${formatReference(target)}: ${why}`,
    hint: 'is the config of the workers older than that of the schedulers, or has somebody else written this job into Redis?',
    reference: formatReference(source),
    registry: source.registry,
  });
  throw new HandBackError(HAND_BACK_MS, why, { limitMs: LIMIT_MS, error });
}

function refusal(request: CopyRequest, config: SyncConfig): string | undefined {
  if (isAnchorTag(request.target.tag ?? '')) return 'its target is an anchor, which no copy writes';
  if (request.task === undefined) {
    const unknown = unnamedEnd(config, request);
    return unknown && `the config of this worker does not name the registry ${unknown.registry}`;
  }
  const task = config.tasks.find(({ id }) => id === request.task);
  if (task === undefined) return `the config of this worker has no task "${request.task}"`;
  const mapping = admittingMapping(task, request);
  if (mapping === undefined) return `task "${task.id}" of this worker's config does not yield it`;
  const isOfTags = (mapping.onChange ?? mapping.history ?? mapping.trail) !== undefined;
  return isOfTags && !RELAYS[request.relay].heedsOnChange
    ? `the ${request.relay} relay overwrites what ${mapping.path} of this worker's config wants to stay`
    : undefined;
}

/** What belongs to an image and goes with it, as the config of this worker says: the job itself is not asked. */
export function referrersOf(request: CopyRequest, config: SyncConfig): ReferrerRule | undefined {
  if (!RELAYS[request.relay].copiesReferrers) return undefined;
  if (request.task === undefined) return config.referrers;
  const task = config.tasks.find(({ id }) => id === request.task);
  return task && admittingMapping(task, request)?.referrers;
}

/** How many target registries an image goes to, as the config of this worker says; absent: no task names it. */
export function amongTargetsOf({ task: id }: CopyRequest, config: SyncConfig): number | undefined {
  const task = config.tasks.find((candidate) => candidate.id === id);
  return task && new Set(task.targets.map(({ registry }) => registry.host)).size;
}

/** What the config of this worker says of tags of the target that move. */
export function tagRulesOf(
  request: CopyRequest,
  config: SyncConfig,
): Pick<CopyImageOptions, 'history' | 'onChange' | 'trail'> {
  const task = config.tasks.find(({ id }) => id === request.task);
  const mapping = task && admittingMapping(task, request);
  return { onChange: mapping?.onChange, history: mapping?.history, trail: mapping?.trail };
}
