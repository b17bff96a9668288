import type { Mapping } from '@regfleet/config';
import { type CopyRequest, formatPlatform, isSyncError, type Reference, registryHost } from '@regfleet/model';
import type { PlannedTask } from './contract.ts';
import { listedNames, rooted } from './repositories.ts';

/**
 * Whether a task may ask for a copy, as far as the copy alone can tell: by its relay, registries, repositories, tag and
 * platform. What a whole list decides, `keep:` and whether the repository exists, is taken for granted.
 *
 * Whoever carries copies out checks by it what others have put into the queue.
 */
export function admitsCopy(task: PlannedTask, request: CopyRequest): boolean {
  if (request.relay !== task.relay || !isOf(task, request)) return false;
  // A plan names an end by its tag or by its digest, never by both.
  if ([request.source, request.target].some(({ tag, digest }) => tag !== undefined && digest !== undefined))
    return false;
  return task.mappings.some(
    (mapping) =>
      isMapped(task, mapping, request) &&
      mapping.tags.admits({ source: nameOf(request.source), target: nameOf(request.target) }) &&
      isForPlatform(mapping, request),
  );
}

const isOf = ({ source, target }: PlannedTask, request: CopyRequest): boolean =>
  registryHost(source.registry) === request.source.registry &&
  registryHost(target.registry) === request.target.registry;

function isMapped({ source, target }: PlannedTask, mapping: Mapping, request: CopyRequest): boolean {
  const { from } = mapping;
  const names =
    from.kind === 'plain'
      ? [from.repository]
      : listedNames(source, request.source.repository).filter((name) => from.matches(name));
  try {
    return names.some(
      (name) =>
        rooted(source, name).repository === request.source.repository &&
        rooted(target, mapping.targetPath(name)).repository === request.target.repository,
    );
  } catch (error) {
    // A name that makes no reference makes no copy.
    if (isSyncError(error)) return false;
    throw error;
  }
}

const nameOf = ({ tag = '', digest }: Reference): { readonly tag: string } | { readonly digest: string } =>
  digest === undefined ? { tag } : { digest };

/** Where the mapping leaves the platform open, whoever plans may pick one. */
const isForPlatform = ({ platform }: Mapping, request: CopyRequest): boolean =>
  platform === undefined
    ? request.platform !== 'all'
    : formatPlatform(platform) === formatPlatform(request.platform);
