import type { Mapping } from '@regfleet/config';
import type { Side } from '@regfleet/model';
import { mappedRepositories, type PlannedTask } from '@regfleet/planner';

/**
 * The first repository that a task names in so many words, on one side; absent: none.
 *
 * @throws {SyncError} `REFERENCE_INVALID`
 */
export async function plainRepository(task: PlannedTask, side: Side): Promise<string | undefined> {
  const plain = task.mappings.find(({ from }) => from.kind === 'plain');
  return plain === undefined ? undefined : await repositoryOf(plain, task, side);
}

/**
 * The repository that a mapping of a task names in so many words, on one side; absent: it chooses by a regex.
 *
 * @throws {SyncError} `REFERENCE_INVALID`
 */
export async function repositoryOf(
  mapping: Mapping,
  task: PlannedTask,
  side: Side,
): Promise<string | undefined> {
  if (mapping.from.kind !== 'plain') return undefined;
  const { pairs } = await mappedRepositories(mapping, task, () => ({ list: async () => [] }), undefined);
  return pairs[0]?.[side].repository;
}
