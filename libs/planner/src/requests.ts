import { imageNames, type Mapping, parseTagEntry } from '@regfleet/config';
import { type CopyRequest, makeReference, type Reference } from '@regfleet/model';
import type { PlannedTask, RepositoryPair } from './contract.ts';
import { namesOf } from './image-names.ts';

/** The image of the source that a tag names. @throws {SyncError} `REFERENCE_INVALID` */
export const copySource = (pair: RepositoryPair, entry: string): Reference =>
  makeReference({ ...pair.source, ...imageNames(parseTagEntry(entry)).source });

/**
 * The copy request of one selected tag entry (`name`, `sha256:hex` or `name@sha256:hex`).
 *
 * @throws {SyncError} `REFERENCE_INVALID` where the entry is no tag or digest, or gets no tag at the target.
 */
export function copyRequest(
  task: PlannedTask,
  mapping: Mapping,
  pair: RepositoryPair,
  entry: string,
): CopyRequest {
  const names = namesOf(mapping, pair, entry);
  return {
    task: task.id,
    source: makeReference({ ...pair.source, ...names.source }),
    target: makeReference({ ...pair.target, ...names.target }),
    relay: task.relay,
    ...(mapping.platform !== undefined && { platform: mapping.platform }),
  };
}
