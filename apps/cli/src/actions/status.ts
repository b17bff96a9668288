import type { Task } from '@regfleet/config';
import {
  type Freshness,
  type Hold,
  holdsBack,
  type LaneStatus,
  lagMs,
  type RunRecord,
  type SeenOutage,
  type SourceNote,
  scopeName,
  type TaskStatus,
  type WorkerStatus,
} from '@regfleet/fleet';
import { type RelayName, silentLogger } from '@regfleet/model';
import type { Fleet, RedisMemory } from '@regfleet/queue';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';
import { memoryAdvice } from '../output/memory-advice.ts';
import { memoryCells } from '../output/memory-cells.ts';
import { overdueMs } from '../output/overdue.ts';
import { formatDuration, formatRelative } from '../output/quantities.ts';
import { filtersLine } from '../output/runs.ts';
import { statusNotes } from '../output/status-notes.ts';
import { formatTable } from '../output/table.ts';
import { tasksNamed } from '../tasks.ts';

export interface StatusFlags {
  readonly task?: readonly string[];
}

interface ShownTask extends TaskStatus {
  readonly freshness?: Omit<Freshness, 'task'>;
  /** What is not at its source as it was; the oldest first. */
  readonly vanished?: readonly SourceNote[];
  /** For how long it has been behind; absent: that is not known. */
  readonly lagMs?: number;
  /** For how long a run should have begun; absent: none should. */
  readonly overdueMs?: number;
}

interface FleetStatus {
  readonly redis: string;
  /** Of Redis; absent where it does not tell. */
  readonly memory?: RedisMemory;
  /** What should be changed at it. */
  readonly advice: readonly string[];
  readonly tasks: readonly ShownTask[];
  readonly queues: readonly {
    queue: string;
    waiting: number;
    active: number;
    delayed: number;
    failed: number;
  }[];
  readonly lanes: readonly LaneStatus[];
  readonly workers: readonly WorkerStatus[];
  /** Processes that fell silent without having signed off. */
  readonly missing: readonly WorkerStatus[];
  readonly holds: readonly Hold[];
  /** Registries that do not answer, or refuse a login, also where one process alone has seen it. */
  readonly outages: readonly SeenOutage[];
}

/** Gathers and prints the state of the fleet. */
export async function status(context: CommandContext, flags: StatusFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const tasks = flags.task === undefined ? config.tasks : tasksNamed(config, flags.task);
  const state = await withFleet(await requireAnyRedis(context, config), silentLogger, (fleet) =>
    gather(fleet, tasks),
  );
  const shown = { nowMs: Date.now(), columns: terminal.columns, tableColumns: terminal.tableColumns };
  terminal.out(options().json ? JSON.stringify(state, undefined, 2) : format(state, shown));
  finish(EXIT.ok);
}

async function gather(fleet: Fleet, chosen: readonly Task[]): Promise<FleetStatus> {
  const ids = chosen.map(({ id }) => id);
  const [tasks, fresh, vanished, queues, lanes, workers, missing, holds, outages, memory] = await Promise.all(
    [
      fleet.schedules.status(ids),
      fleet.freshness.of(ids),
      Promise.all(ids.map((id) => fleet.sourceNotes.list(id))),
      fleet.lanes.depths(),
      fleet.lanes.status(),
      fleet.processes.list(),
      fleet.processes.missing(),
      fleet.holds.list(),
      fleet.outages.list(),
      fleet.memory(),
    ],
  );
  return {
    redis: fleet.address,
    ...(memory !== undefined && { memory }),
    // A socket is that of `up`, which sees to its Redis itself.
    advice:
      memory === undefined || fleet.address.startsWith('unix:') ? [] : memoryAdvice(memory, chosen.length),
    tasks: withFreshness(withLateness(tasks, chosen), fresh).map((task, at) => ({
      ...task,
      vanished: vanished[at] ?? [],
    })),
    queues,
    lanes,
    workers,
    missing,
    holds,
    outages,
  };
}

function withLateness(statuses: readonly TaskStatus[], tasks: readonly Task[]): ShownTask[] {
  const nowMs = Date.now();
  return statuses.map((status) => {
    const task = tasks.find(({ id }) => id === status.task);
    const lateMs = task && overdueMs(task, status, nowMs);
    return { ...status, ...(lateMs !== undefined && { overdueMs: lateMs }) };
  });
}

function withFreshness(tasks: readonly ShownTask[], fresh: readonly Freshness[]): ShownTask[] {
  const nowMs = Date.now();
  return tasks.map((shown) => {
    const known = fresh.find(({ task }) => task === shown.task);
    if (known === undefined) return shown;
    const { task: _, ...freshness } = known;
    const lag = lagMs(known, nowMs);
    return { ...shown, freshness, ...(lag !== undefined && { lagMs: lag }) };
  });
}

interface Shown {
  readonly nowMs: number;
  readonly columns: number;
  readonly tableColumns: number | undefined;
}

function format(state: FleetStatus, shown: Shown): string {
  const { nowMs, tableColumns } = shown;
  const sections = [
    formatTable(
      ['task', 'next', 'state', 'last outcome', 'last ended', 'copied', 'failed'],
      state.tasks.map((task) => taskRow(task, state.holds, nowMs)),
      { align: { copied: 'right', failed: 'right' }, columns: tableColumns },
    ),
    formatTable(
      ['queue', 'relay', 'source', 'target', 'waiting', 'active', 'delayed', 'failed', 'note'],
      queueRows(state),
      {
        align: { waiting: 'right', active: 'right', delayed: 'right', failed: 'right' },
        columns: tableColumns,
      },
    ),
    formatTable(
      ['process', 'role', 'host', 'pid', 'since', 'relays', 'busy', 'memory', 'heap'],
      state.workers.map((worker) => workerRow(worker, nowMs)),
      { align: { memory: 'right', heap: 'right' }, columns: tableColumns },
    ),
  ];
  if (state.workers.every((worker) => worker.role !== 'worker'))
    sections.push('no worker is running: start `regfleet worker`');
  if (state.workers.every((worker) => worker.role !== 'scheduler'))
    sections.push('no scheduler is running: start `regfleet scheduler`');
  const overdue = state.tasks.filter((task) => task.overdueMs !== undefined);
  if (overdue.length > 0) {
    const names = overdue.map(({ task }) => task).join(', ');
    sections.push(
      `overdue, no run has begun when it should have: ${names}; the log of the scheduler says more`,
    );
  }
  return [...sections, ...state.advice, ...statusNotes(state, shown)].join('\n\n');
}

function taskRow(task: ShownTask, holds: readonly Hold[], nowMs: number): string[] {
  const { lastRun } = task;
  return [
    task.task,
    nextOf(task, nowMs),
    stateOf(task, holds),
    lastRun === undefined ? '' : outcomeOf(lastRun),
    lastRun?.finishedAtMs === undefined ? '' : formatRelative(lastRun.finishedAtMs, nowMs),
    lastRun === undefined ? '' : String(lastRun.counts.copied),
    lastRun === undefined ? '' : String(lastRun.counts.failed),
  ];
}

function stateOf({ task, activeRunId }: ShownTask, holds: readonly Hold[]): string {
  if (activeRunId !== undefined) return `running ${activeRunId}`;
  const isHeld = holds.some(
    ({ scope }) => scope.kind === 'everything' || (scope.kind === 'task' && scope.task === task),
  );
  return isHeld ? 'paused' : 'idle';
}

/** A run whose filters chose nothing has succeeded, but most likely not as it was meant. */
function outcomeOf({ outcome, counts: { emptyFilters = 0 } }: RunRecord): string {
  if (outcome === undefined) return '';
  return emptyFilters === 0 ? outcome : `${outcome}, ${filtersLine(emptyFilters)}`;
}

function nextOf(task: ShownTask, nowMs: number): string {
  if (task.overdueMs !== undefined) return `overdue by ${formatDuration(task.overdueMs)}`;
  return task.nextAtMs === undefined ? '' : formatRelative(task.nextAtMs, nowMs);
}

function queueRows({ queues, lanes, workers, holds }: FleetStatus): string[][] {
  const served = new Set(workers.flatMap((worker) => worker.relays));
  const known = new Map(lanes.map((lane) => [lane.lane, lane]));
  return queues.map(({ queue, waiting, active, delayed, failed }) => {
    const lane = known.get(queue);
    return [
      ...(lane === undefined ? [queue, '', '', ''] : ['copies', lane.relay, lane.source, lane.target]),
      ...[waiting, active, delayed, failed].map(String),
      lane === undefined ? '' : laneNote(lane, served, holds),
    ];
  });
}

function laneNote(lane: LaneStatus, served: ReadonlySet<RelayName>, holds: readonly Hold[]): string {
  const { relay, paused, rateLimitedMs, waiting, delayed } = lane;
  if (paused) return 'paused';
  const hold = holds.find((candidate) => holdsBack(candidate, lane));
  if (hold !== undefined) return `held: ${scopeName(hold.scope)}`;
  if (waiting + delayed > 0 && !served.has(relay)) return `no running worker has the ${relay} relay`;
  if (rateLimitedMs !== undefined) return `rate-limited for ${formatDuration(rateLimitedMs)}`;
  return delayed === 0 ? '' : 'delayed images are tried again later';
}

function workerRow(worker: WorkerStatus, nowMs: number): string[] {
  return [
    worker.id,
    worker.leads === true ? 'scheduler (leads)' : worker.role,
    worker.host,
    String(worker.pid),
    formatDuration(nowMs - worker.startedAtMs),
    worker.relays.join(' '),
    `${worker.active}/${worker.concurrency}`,
    ...memoryCells(worker.memory),
  ];
}
