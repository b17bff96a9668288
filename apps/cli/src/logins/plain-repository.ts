import type { Task } from '@regfleet/config';
import type { Side } from '@regfleet/model';
import { mappedRepositories } from '@regfleet/planner';

/**
 * The first repository that a task names in so many words, on one side; absent: none.
 *
 * @throws {SyncError} `REFERENCE_INVALID`
 */
export async function plainRepository(task: Task, side: Side): Promise<string | undefined> {
  const plain = task.mappings.find(({ from }) => from.kind === 'plain');
  if (plain === undefined) return undefined;
  const [pair] = await mappedRepositories(plain, task, () => ({ list: async () => [] }), undefined);
  return pair?.[side].repository;
}
