import { type TargetTask, type Task, targetTasks } from '@regfleet/config';
import type { Side } from '@regfleet/model';

/** One end of what a task copies. */
interface TaskEnd {
  readonly task: TargetTask;
  readonly side: Side;
}

/** The source of a task, and each of its targets. */
export const taskEnds = (task: Task): TaskEnd[] =>
  targetTasks(task).flatMap((one, index): TaskEnd[] => [
    ...(index === 0 ? [{ task: one, side: 'source' as const }] : []),
    { task: one, side: 'target' },
  ]);
