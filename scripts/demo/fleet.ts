import type { Regfleet } from '@regfleet/harness';

/** The parts of a run record that the demo shows. */
export interface Run {
  readonly id: string;
  readonly task: string;
  readonly outcome?: string;
  readonly expanded: boolean;
  readonly counts: {
    readonly selected: number;
    readonly inSync: number;
    readonly enqueued: number;
    readonly copied: number;
    readonly unchanged: number;
    readonly failed: number;
  };
}

/** The last run of a task; absent before its first. */
export async function lastRun(regfleet: Regfleet, task: string): Promise<Run | undefined> {
  const { tasks } = (await regfleet.json(['status'])) as { tasks: { task: string; lastRun?: Run }[] };
  return tasks.find((status) => status.task === task)?.lastRun;
}
