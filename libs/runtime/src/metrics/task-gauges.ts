import { Gauge, type Registry } from 'prom-client';
import { scrapeReader } from './scrape-reader.ts';

/** What is told of one task at a scrape. Times are epoch milliseconds. */
export interface TaskState {
  readonly task: string;
  /** Absent: it has not succeeded yet. */
  readonly lastSuccessAtMs?: number;
  /** Since when the fleet knows the task. */
  readonly knownSinceMs?: number;
  /** Absent: nothing is planned. */
  readonly nextAtMs?: number;
  /** For how long its targets have been behind, 0 where all is there; absent: that is not known. */
  readonly lagMs?: number;
  /** When its last complete comparison ended; absent: there was none. */
  readonly comparedAtMs?: number;
  /** Of each state how many images; a state of which that is not known is left out. */
  readonly images?: Readonly<Partial<Record<(typeof IMAGE_STATES)[number], number>>>;
  /** Of what has vanished from its source, or moved there, how much, and since when the first, by state; a state that is left out is that of nothing. */
  readonly vanished?: Readonly<Partial<Record<(typeof VANISHED_STATES)[number], Vanished>>>;
  /** What the config says of it. */
  readonly info?: TaskInfo;
}

/** What tells tasks from each other in queries and on dashboards. */
export interface TaskInfo {
  readonly relay: string;
  readonly source: string;
  readonly target: string;
  /** Empty: it runs once per start. */
  readonly schedule: string;
}

interface Vanished {
  readonly count: number;
  readonly sinceMs: number;
}

const VANISHED_STATES = ['gone', 'empty', 'refused', 'failing', 'moved'] as const;

const IMAGE_STATES = ['in-sync', 'behind', 'unknown'] as const;

interface TaskGauge<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  set(task: TaskState, tell: (labels: Record<Label, string>, value: number) => void): void;
}

/**
 * Registers the gauges of tasks: they are the same from every process, whoever saw the runs, and a task that has gone is in none of
 * them.
 *
 * @returns reads what they tell, to be called before a scrape. Where `tasks` fails they stay as they were: an alert must not end
 *   because Redis is away.
 */
export function collectTasks(
  registry: Registry,
  tasks: () => Promise<readonly TaskState[]>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const read = scrapeReader(tasks, onError);
  const setters = [
    ...TIMES.map((time) => register(registry, time)),
    register(registry, IMAGES),
    register(registry, VANISHED),
    register(registry, VANISHED_SINCE),
    register(registry, INFO),
  ];
  return async () => {
    const found = await read();
    if (found !== undefined) for (const set of setters) set(found);
  };
}

function register<Label extends string>(
  registry: Registry,
  { name, help, labels, set }: TaskGauge<Label>,
): (tasks: readonly TaskState[]) => void {
  const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] });
  return (tasks) => {
    gauge.reset();
    for (const task of tasks) set(task, (of, value) => gauge.set(of, value));
  };
}

const IMAGES: TaskGauge<'task' | 'state'> = {
  name: 'regfleet_task_images',
  help: 'Images that a task chooses, by state: in-sync, behind, unknown (the last comparison could not tell).',
  labels: ['task', 'state'],
  set({ task, images = {} }, tell) {
    for (const state of IMAGE_STATES) {
      const count = images[state];
      if (count !== undefined) tell({ task, state }, count);
    }
  },
};

const VANISHED: TaskGauge<'task' | 'state'> = {
  name: 'regfleet_task_vanished',
  help: 'Tags, repositories and listings of the source of a task that are not as they were, by state (gone, empty, refused, failing, moved).',
  labels: ['task', 'state'],
  set({ task, vanished = {} }, tell) {
    for (const state of VANISHED_STATES) tell({ task, state }, vanished[state]?.count ?? 0);
  },
};

const VANISHED_SINCE: TaskGauge<'task' | 'state'> = {
  name: 'regfleet_task_vanished_since_timestamp_seconds',
  help: 'Since when the first of them is so, in seconds since the epoch; absent where none is.',
  labels: ['task', 'state'],
  set({ task, vanished = {} }, tell) {
    for (const state of VANISHED_STATES) {
      const sinceMs = vanished[state]?.sinceMs;
      if (sinceMs !== undefined) tell({ task, state }, sinceMs / 1000);
    }
  },
};

const INFO: TaskGauge<'task' | keyof TaskInfo> = {
  name: 'regfleet_task_info',
  help: 'What the config says of a task; always 1.',
  labels: ['task', 'relay', 'source', 'target', 'schedule'],
  set({ task, info }, tell) {
    if (info !== undefined) tell({ task, ...info }, 1);
  },
};

/** A number of seconds of each task. */
const seconds = (
  name: string,
  help: string,
  valueMs: (task: TaskState) => number | undefined,
): TaskGauge<'task'> => ({
  name,
  help,
  labels: ['task'],
  set(task, tell) {
    const ms = valueMs(task);
    if (ms !== undefined) tell({ task: task.task }, ms / 1000);
  },
});

/** A success that is yet to come, by a clock that was ahead, would hide how far behind a task is. */
const pastMs = (timeMs: number | undefined): number | undefined =>
  timeMs === undefined ? undefined : Math.min(timeMs, Date.now());

const TIMES = [
  seconds(
    'regfleet_task_last_success_timestamp_seconds',
    'When the last successful run of a task ended, in seconds since the epoch; of a task that has not succeeded yet, since when it is known.',
    ({ lastSuccessAtMs, knownSinceMs }) => pastMs(lastSuccessAtMs ?? knownSinceMs),
  ),
  seconds(
    'regfleet_task_next_run_timestamp_seconds',
    'When a task is to run next, in seconds since the epoch; absent for one-off tasks.',
    ({ nextAtMs }) => nextAtMs,
  ),
  seconds(
    'regfleet_task_lag_seconds',
    'For how long a target has lacked what the source has; 0 where all is there, absent where that is not known.',
    ({ lagMs }) => lagMs,
  ),
  seconds(
    'regfleet_task_compared_timestamp_seconds',
    'When the last complete comparison of a task ended, in seconds since the epoch; absent before the first.',
    ({ comparedAtMs }) => pastMs(comparedAtMs),
  ),
  seconds(
    'regfleet_task_never_succeeded_since_timestamp_seconds',
    'Since when a task is known that has not succeeded yet, in seconds since the epoch; absent for others.',
    ({ lastSuccessAtMs, knownSinceMs }) => (lastSuccessAtMs === undefined ? pastMs(knownSinceMs) : undefined),
  ),
];
