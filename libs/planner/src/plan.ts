import { steadyNowMs } from '@regfleet/fleet';
import { type CopyRequest, formatPlatform, orderedWindow } from '@regfleet/model';
import type { Drift, PlanEntry, PlannedTask, PlanOptions, PlanPorts } from './contract.ts';
import { findDrift } from './drift.ts';
import { type Expanded, expandTask, type SelectedImage } from './expand.ts';
import { keptTag } from './kept-tag.ts';
import { ListedDigests } from './listed-digests.ts';
import { PlatformChildren } from './platform-children.ts';
import { withReferrers } from './referrers-drift.ts';
import { TargetAnchors } from './target-anchors.ts';
import { TargetTags } from './target-tags.ts';
import { type TrailDrift, trailDrift } from './trail-drift.ts';

// Enough to hide a round trip of 100 ms behind the answers of 10,000 tags; each registry's own limit holds besides.
const DEFAULT_CONCURRENCY = 32;

/**
 * What a run of the task would do: every image with its drift, every tag left out, every failure.
 *
 * Holds the names of the task's repositories, and of one repository at a time the tags (of those that one mapping sends to the
 * same place together), with a window of its images. Of a target repository that is written more than once it also holds the
 * tags, until the last writer.
 *
 * @throws {SyncError} `RATE_LIMITED` with how long to wait; the abort reason.
 */
export function planTask(
  task: PlannedTask,
  ports: PlanPorts,
  options: PlanOptions = {},
): AsyncIterable<PlanEntry> {
  const [source, target] = [ports.client(task.source), ports.client(task.target)];
  const driftPorts = {
    source,
    target,
    records: ports.records,
    platformChildren: new PlatformChildren(source),
    targetTags: new TargetTags(target),
    targetAnchors: new TargetAnchors(target),
    listed: { source: new ListedDigests(source, 'source'), target: new ListedDigests(target, 'target') },
    isForCopies: options.isForCopies ?? false,
  };
  const compare = async (expanded: Expanded): Promise<PlanEntry> => {
    if (expanded.kind !== 'selected') return expanded;
    const { request, trail } = expanded;
    if (trail !== undefined)
      return trailEntry(expanded, await trailDrift(request, trail, driftPorts, options.signal));
    const drift = await findDrift(expanded, driftPorts, options.signal);
    const kept = keptTag(expanded, drift);
    if (kept !== undefined) return kept;
    return imageEntry(expanded, await withReferrers(expanded, drift, driftPorts, options.signal));
  };
  return orderedWindow(
    concerned(expandTask(task, ports, options.signal), options),
    options.concurrency ?? DEFAULT_CONCURRENCY,
    compare,
  );
}

async function* concerned(
  expanded: AsyncIterable<Expanded>,
  { concerns }: PlanOptions,
): AsyncGenerator<Expanded> {
  for await (const entry of expanded) {
    const isImage = entry.kind === 'selected' || entry.kind === 'dropped';
    if (!isImage || concerns === undefined || concerns(entry)) yield entry;
  }
}

function trailEntry(image: SelectedImage, { heldUntilMs, ...drift }: TrailDrift): PlanEntry {
  if (heldUntilMs === undefined) return imageEntry(image, drift);
  const { mapping, pair, tag } = image;
  return { kind: 'dropped', mapping, pair, tag, reason: drift.why ?? '' };
}

function imageEntry({ mapping, request, reason, immutable }: SelectedImage, drift: Drift): PlanEntry {
  const { sourceDigest, pickedPlatform } = drift;
  const seen: CopyRequest = {
    ...request,
    ...(sourceDigest !== undefined && { sourceDigest }),
    ...(pickedPlatform !== undefined && { platform: pickedPlatform }),
  };
  const remembered = drift.isRemembered ? `; immutable by ${immutable}, seen in sync, not asked about` : '';
  const why = `${reason}${remembered}${drift.why === undefined ? '' : `; ${drift.why}`}`;
  const warning = pickedPlatform && {
    warning: `the source is an index and no platform is set: only ${formatPlatform(pickedPlatform)} is copied`,
  };
  const comparedAtMs = steadyNowMs();
  return { kind: 'image', mapping, request: seen, reason: why, ...warning, drift, comparedAtMs };
}
