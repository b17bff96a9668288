import type { Task } from '@regfleet/config';
import {
  type CopyOrder,
  type FleetStore,
  type JobContext,
  type Lacking,
  MOST_RUN_ERRORS,
  type RunTicket,
} from '@regfleet/fleet';
import {
  forEachBounded,
  formatReference,
  type Logger,
  type SeenTarget,
  type SyncError,
  toSyncError,
} from '@regfleet/model';
import { type PlanEntry, type PlanPorts, planTask, type TargetPlan, targetPlans } from '@regfleet/planner';
import { dueTargets, followed, graceOf, TargetTimes } from './late-targets.ts';
import type { PlanListener } from './plan-listener.ts';
import { openWatches, type PlanNotes, type PlanWatch } from './plan-watch.ts';
import { isTold } from './source-watch/source-state.ts';

type RunContext = Pick<JobContext, 'signal' | 'facts' | 'idle' | 'troubleOf'>;

// What more there is to say is said once for each target.
const MOST_TOLD = 1_000;

type Counts = {
  repositories: number;
  listed: number;
  selected: number;
  inSync: number;
  emptyFilters: number;
};

interface Progress {
  readonly counts: Counts;
  readonly errors: SyncError[];
  /** What the plans of several targets may tell alike, since it is of their source; by the one that has told it first. */
  readonly told: Map<string, TargetPlan>;
  /** Nothing is left of which it could not be told what the source has. */
  isComplete: boolean;
}

export interface EnqueueDeps {
  readonly fleet: Pick<FleetStore, 'runs' | 'holds'>;
  readonly logger: Logger;
  readonly listener: PlanListener;
  /** Where it is noted what comparisons find; absent: nowhere. */
  readonly notes?: PlanNotes;
  readonly ports: PlanPorts;
  /** The same, of which waits end with a signal; absent: `ports`. */
  readonly portsUntil?: (signal: AbortSignal) => PlanPorts;
  /** How long one of several targets may tell nothing; default an eighth of the time to the next firing. */
  readonly graceMs?: number;
}

interface Firing {
  readonly task: Task;
  readonly ticket: RunTicket;
}

/** What the plans of all targets of a run have in common. */
interface Planning extends EnqueueDeps, Firing {
  readonly progress: Progress;
  readonly watches: readonly PlanWatch[];
}

/**
 * Compares the images of a task, for each of its targets beside the others, and queues those that drifted.
 *
 * @returns what could not be planned, and what that says of the comparison.
 * @throws the signal's reason: what fails from there on may do so for that alone.
 */
export async function enqueueDrifted(
  { task, ticket }: Firing,
  deps: EnqueueDeps,
  context: RunContext,
): Promise<Pick<Progress, 'errors' | 'isComplete'>> {
  const { signal } = context;
  const targets = dueTargets({ task, ticket }, deps);
  const progress: Progress = {
    counts: { repositories: 0, listed: 0, selected: 0, inSync: 0, emptyFilters: 0 },
    errors: [],
    told: new Map(),
    isComplete: targets.length === task.targets.length,
  };
  const { notes, logger } = deps;
  const watches = notes === undefined ? [] : await openWatches(task, notes, logger);
  const planning = { ...deps, task, ticket, progress, watches };
  const times = new TargetTimes(deps.graceMs ?? graceOf({ task, ticket }, Date.now()));
  const plans = targetPlans({ ...task, targets }, deps.ports).map((plan, place) => ({
    plan,
    isFirst: place === 0,
    course: times.begin(),
  }));
  try {
    await forEachBounded(plans, { limit: plans.length, signal }, (turn, either) =>
      enqueueFor(turn, planning, { ...context, signal: either }),
    );
  } finally {
    times.stop();
  }
  for (const watch of watches) await watch.end(progress.isComplete);
  return progress;
}

interface TargetTurn {
  readonly plan: TargetPlan;
  /** What the source alone tells is taken from the plan of one target. */
  readonly isFirst: boolean;
  readonly course: ReturnType<TargetTimes['begin']>;
}

async function enqueueFor(turn: TargetTurn, planning: Planning, context: RunContext): Promise<void> {
  const { progress, logger } = planning;
  const { signal: end } = turn.course.end;
  try {
    await enqueuePlanned(turn, planning, { ...context, signal: AbortSignal.any([context.signal, end]) });
  } catch (error) {
    context.signal.throwIfAborted();
    if (!end.aborted) throw error;
    progress.isComplete = false;
    const target = turn.plan.task.target.registry.text;
    logger.warn({ target }, 'target left out of this run: nothing has come of it, and others have gone on');
  } finally {
    turn.course.isAsking = false;
  }
}

async function enqueuePlanned(turn: TargetTurn, planning: Planning, context: RunContext): Promise<void> {
  const { signal } = context;
  const { task, ticket, progress, watches, fleet, portsUntil } = planning;
  const { runId } = ticket;
  const due = turn.isFirst ? watches : watches.filter(({ isOfSource }) => isOfSource !== true);
  const plan = portsUntil === undefined ? turn.plan : withTargetPorts(turn.plan, portsUntil(signal));
  for await (const entry of followed(planned(plan, context), turn.course)) {
    signal.throwIfAborted();
    for (const watch of due) await watch.see(entry);
    const copy = take(entry, turn, planning);
    fleet.runs.setCounts(runId, progress.counts);
    if (copy !== undefined) await fleet.runs.enqueue(runId, { ...copy, ...task.retries });
  }
  signal.throwIfAborted();
}

/** The source is asked for all targets alike; a target for this one. */
const withTargetPorts = ({ task, ports }: TargetPlan, own: PlanPorts): TargetPlan => ({
  task,
  ports: {
    ...ports,
    client: (location) => (location === task.target ? own : ports).client(location),
  },
});

/** What ends the planning of a task is one more thing that could not be planned, but for what is none of the task. */
async function* planned(
  { task, ports }: TargetPlan,
  { signal, troubleOf }: RunContext,
): AsyncGenerator<PlanEntry> {
  try {
    yield* planTask(task, ports, { signal, isForCopies: true });
  } catch (failure) {
    signal.throwIfAborted();
    if (troubleOf?.(failure) !== undefined) throw failure;
    yield { kind: 'failure', mapping: '', error: toSyncError(failure) };
  }
}

type DueCopy = Pick<CopyOrder, 'request' | 'seenTarget' | 'lacking'>;

/** Counts what was found. @returns what has to be copied. */
function take(entry: PlanEntry, { plan, isFirst }: TargetTurn, planning: Planning): DueCopy | undefined {
  const { progress, fleet, ticket, logger, listener } = planning;
  if (isFirst && 'isEmpty' in entry && entry.isEmpty) progress.counts.emptyFilters += 1;
  switch (entry.kind) {
    case 'repository':
      if (isFirst) {
        progress.counts.repositories += 1;
        progress.counts.listed += entry.listed;
      }
      logger.debug(
        { source: entry.pair.source, listed: entry.listed, selected: entry.selected },
        'repository expanded',
      );
      if (entry.warning !== undefined && isNews(entry.warning, plan, progress))
        logger.warn({ source: entry.pair.source, mapping: entry.mapping }, entry.warning);
      return undefined;
    case 'dropped':
      logger.trace(
        { repository: entry.pair.source.repository, tag: entry.tag, reason: entry.reason },
        'tag left out',
      );
      return undefined;
    case 'warning':
      if (isNews(`${entry.mapping} ${entry.message}`, plan, progress))
        logger.warn({ mapping: entry.mapping }, entry.message);
      return undefined;
    case 'failure':
      progress.isComplete &&= isTold(entry.error);
      if (!isNews(`${entry.mapping} ${entry.error.code} ${entry.error.message}`, plan, progress))
        return undefined;
      if (progress.errors.length < MOST_RUN_ERRORS) progress.errors.push(entry.error);
      fleet.runs.noteFailures(ticket.runId, progress.errors);
      listener.onFailure(ticket, entry.error, entry.mapping);
      return undefined;
    case 'image':
      return takeImage(entry, progress, logger);
  }
}

/** False: the plan of another target has told it. */
function isNews(text: string, plan: TargetPlan, { told }: Progress): boolean {
  const teller = told.get(text);
  if (teller === undefined && told.size < MOST_TOLD) told.set(text, plan);
  return teller === undefined || teller === plan;
}

type Image = Extract<PlanEntry, { kind: 'image' }>;

function takeImage(entry: Image, progress: Progress, logger: Logger): DueCopy | undefined {
  progress.counts.selected += 1;
  const source = formatReference(entry.request.source);
  logger.trace({ source, reason: entry.reason, drift: entry.drift.state }, 'image compared');
  if (entry.drift.state === 'in-sync') {
    progress.counts.inSync += 1;
    return undefined;
  }
  if (entry.warning !== undefined) logger.warn({ source, mapping: entry.mapping }, entry.warning);
  const seenTarget = seenTargetOf(entry);
  return {
    request: entry.request,
    lacking: lackingOf(entry),
    ...(seenTarget !== undefined && { seenTarget }),
  };
}

/** Absent: the comparison saw nothing that a copy could rely on. */
function seenTargetOf({ drift, comparedAtMs: atMs }: Image): SeenTarget | undefined {
  const { state, target: head, isNewRepository = false } = drift;
  if (state !== 'missing' && head === undefined) return undefined;
  return { head, atMs, ...(isNewRepository && { isNewRepository }) };
}

function lackingOf({ drift: { state, error } }: Image): Lacking {
  if (state !== 'unknown') return 'yes';
  return error?.code === 'MANIFEST_UNKNOWN' && error.side === 'source' ? 'gone' : 'unknown';
}
