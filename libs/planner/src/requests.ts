import { type Mapping, parseTagEntry } from '@regfleet/config';
import { type CopyRequest, makeReference } from '@regfleet/model';
import type { PlannedTask, RepositoryPair } from './contract.ts';

/**
 * The copy request of one selected tag entry (`name`, `sha256:hex` or `name@sha256:hex`).
 *
 * @throws {SyncError} `REFERENCE_INVALID` where the entry is no tag or digest.
 */
export function copyRequest(
  task: PlannedTask,
  mapping: Mapping,
  pair: RepositoryPair,
  entry: string,
): CopyRequest {
  const { name, digest } = parseTagEntry(entry);
  return {
    task: task.id,
    source: makeReference({ ...pair.source, ...(digest === undefined ? { tag: name } : { digest }) }),
    target: makeReference({ ...pair.target, ...(name === undefined ? { digest } : { tag: name }) }),
    relay: task.relay,
    ...(mapping.platform !== undefined && { platform: mapping.platform }),
  };
}
