import type { Mapping } from '@regfleet/config';
import { type CopyRequest, formatReference, type Reference } from '@regfleet/model';
import type { PlannedTask } from './contract.ts';
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
export function admitsCopy(task: PlannedTask, request: CopyRequest): boolean {
  if (!isOf(task, request) || isOntoItself(request)) return false;
  // A plan names an end by its tag or by its digest, never by both.
  if ([request.source, request.target].some(({ tag, digest }) => tag !== undefined && digest !== undefined))
    return false;
  const index = task.mappings.findLastIndex(
    (mapping) =>
      isMapped(task, mapping, request) &&
      mapping.tags.admits({ source: nameOf(request.source), target: nameOf(request.target) }),
  );
  if (index < 0) return false;
  const later = task.mappings.slice(index + 1);
  return !later.some((mapping) => isWritten(task, mapping, request.target));
}

const isOf = ({ source, target }: PlannedTask, request: CopyRequest): boolean =>
  source.registry.host === request.source.registry && target.registry.host === request.target.registry;

function isMapped(task: PlannedTask, mapping: Mapping, request: CopyRequest): boolean {
  const { from } = mapping;
  const names =
    from.kind === 'plain'
      ? [from.repository]
      : listedNames(task.source, request.source.repository).filter((name) => from.matches(name));
  return names.some((name) => {
    const pair = unlessInvalid(() => pairOf(task, mapping, name));
    return (
      pair?.source.repository === request.source.repository &&
      pair.target.repository === request.target.repository
    );
  });
}

/** True where the mapping writes the image whatever the source has: one repository, and tags that are written out. */
function isWritten(task: PlannedTask, mapping: Mapping, image: Reference): boolean {
  const { from, tags } = mapping;
  if (from.kind !== 'plain' || tags.needsListing) return false;
  return tags.select([]).some((entry) => {
    const request = unlessInvalid(() =>
      copyRequest(task, mapping, pairOf(task, mapping, from.repository), entry),
    );
    return (
      request !== undefined &&
      !isOntoItself(request) &&
      formatReference(request.target) === formatReference(image)
    );
  });
}

const nameOf = ({ tag = '', digest }: Reference): { readonly tag: string } | { readonly digest: string } =>
  digest === undefined ? { tag } : { digest };
