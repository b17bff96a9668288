import type { Mapping } from '@regfleet/config';
import { type CopyRequest, makeReference } from '@regfleet/model';
import type { PlannedTask, RepositoryPair } from './contract.ts';
import { namesOf } from './image-names.ts';

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
