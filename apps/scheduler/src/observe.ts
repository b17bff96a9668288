import { namesRegistry, namesRoute, type SyncConfig, type Task } from '@regfleet/config';
import {
  type FleetStore,
  type Freshness,
  lagMs,
  type SharedStore,
  type SourceSummary,
  type TaskTimes,
} from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import type { Metrics } from '@regfleet/runtime';

type KnownTask = TaskTimes & Freshness & { readonly vanished: SourceSummary };

export interface Observed {
  readonly store: FleetStore & SharedStore;
  readonly metrics: Metrics;
  readonly config: () => SyncConfig;
  readonly logger: Logger;
}

/** Tells of what is, read at every scrape; what was counted tells of tasks and registries of the config alone. */
export function observe({ store, metrics, config, logger }: Observed): void {
  // While Redis is known to be away nothing is asked and no line is due: the log has said so already, and a scrape is not to wait.
  metrics.observeQueues(async () => {
    if (!store.isAnswering) return [];
    return store.lanes.depths((lane) => namesRoute(config(), lane));
  }, logger);
  let known: ReadonlyMap<string, KnownTask> = new Map();
  metrics.observeTasks(async () => {
    const { tasks } = config();
    if (store.isAnswering) known = await readTasks(store, tasks);
    return tasks.map((task) => taskState(task, known.get(task.id)));
  }, logger);
  metrics.observeFleet(async () => {
    if (!store.isAnswering) return undefined;
    const { processes } = store;
    const [live, missing, memory] = await Promise.all([
      processes.list(),
      processes.missing(),
      store.memory(),
    ]);
    return {
      memory,
      processes: [
        ...live.map(({ role }) => ({ role, state: 'live' as const })),
        ...missing.map(({ role }) => ({ role, state: 'missing' as const })),
      ],
    };
  }, logger);
  metrics.nameOnly({
    task: (id) => config().tasks.some((task) => task.id === id),
    registry: (host) => namesRegistry(config(), host),
  });
}

async function readTasks(
  { schedules, freshness, sourceNotes }: Observed['store'],
  tasks: readonly Task[],
): Promise<Map<string, KnownTask>> {
  const ids = tasks.map(({ id }) => id);
  const [times, fresh, vanished] = await Promise.all([
    schedules.times(ids),
    freshness.of(ids),
    sourceNotes.summaries(ids),
  ]);
  return new Map(
    ids.flatMap((id, at) => {
      const [time, state] = [times[at], fresh[at]];
      return time === undefined || state === undefined
        ? []
        : [[id, { ...time, ...state, vanished: vanished[at] ?? {} }] as const];
    }),
  );
}

type State = Awaited<ReturnType<Parameters<Metrics['observeTasks']>[0]>>[number];

function taskState(task: Task, known: KnownTask | undefined): State {
  const { id, relay, source, targets } = task;
  const info = {
    relay,
    source: source.registry.text,
    target: targets.map(({ registry }) => registry.text).join(', '),
    schedule: scheduleText(task),
  };
  if (known === undefined) return { task: id, info };
  const { behind, unknown, images } = known;
  const lag = lagMs(known, Date.now());
  return {
    ...known,
    info,
    ...(lag !== undefined && { lagMs: lag }),
    images: {
      behind,
      unknown,
      ...(images !== undefined && { 'in-sync': Math.max(0, images - behind - unknown) }),
    },
  };
}

function scheduleText({ schedule }: Task): string {
  if (schedule === undefined) return '';
  if (schedule.kind === 'interval') return `${schedule.everyMs / 1000}s`;
  return schedule.timezone === undefined ? schedule.pattern : `${schedule.pattern} ${schedule.timezone}`;
}
