import type { SyncConfig, Task } from '@regfleet/config';
import {
  type ClaimOptions,
  type CopyOrder,
  type FleetStore,
  HandBackError,
  type JobContext,
  type Lacking,
  MOST_RUN_ERRORS,
  type Outages,
  type RateLimitPauses,
  type RunTicket,
} from '@regfleet/fleet';
import { formatReference, type Logger, type SeenTarget, SyncError, toSyncError } from '@regfleet/model';
import {
  heldPorts,
  type PlanEntry,
  type PlanPorts,
  type PortWaits,
  patientPorts,
  planTask,
} from '@regfleet/planner';
import type { PlanListener } from './plan-listener.ts';
import { openWatches, type PlanNotes } from './plan-watch.ts';
import { isTold } from './source-watch/source-state.ts';

const MISSED = 'it was due while no scheduler ran, and the task says catch-up: none';
const NO_SUCH_TASK = 'the config has no such task';
const HAND_BACK_MS = 3_000;
// A rolling deploy replaces schedulers within minutes; until then the config of the one that leads may be newer than ours.
const LIMIT_MS = 10 * 60_000;

type RunContext = Pick<JobContext, 'signal' | 'facts' | 'idle' | 'troubleOf'>;

export interface ExpandRunDeps {
  readonly fleet: Pick<FleetStore, 'runs' | 'holds'>;
  readonly ports: (config: SyncConfig) => PlanPorts;
  readonly config: () => SyncConfig;
  /** Whether a firing that was due then was missed, since no scheduler ran; absent: none can be. */
  readonly isMissed?: (dueAtMs: number) => Promise<boolean>;
  readonly logger: Logger;
  /** Of this process. */
  readonly pauses: RateLimitPauses;
  readonly outages?: Outages;
  /** Where it is noted what comparisons find; absent: nowhere. */
  readonly notes?: PlanNotes;
  readonly listener: PlanListener;
}

/**
 * One firing of a task: claims the task, compares every image that its mappings choose, queues those that drifted.
 *
 * A listing that fails is repeated in place, and a registry that asks for it is waited for. Safe to repeat: a run whose process
 * died is expanded again from the start, and what it had queued is not queued twice.
 *
 * @throws {HandBackError} for ten minutes where the config has no such task; then the firing is dropped, but for that of an
 *   operator, who may wait for its end: `TASK_UNKNOWN`.
 */
export async function expandRun(ticket: RunTicket, context: RunContext, deps: ExpandRunDeps): Promise<void> {
  const known = deps.config().tasks.find((candidate) => candidate.id === ticket.task);
  if (known === undefined) {
    if (context.facts.ageMs < LIMIT_MS) throw new HandBackError(HAND_BACK_MS, NO_SUCH_TASK);
    if (ticket.trigger === 'operator') throw unknownTask(ticket.task);
    deps.logger.warn({ task: ticket.task, run: ticket.runId }, `run dropped: ${NO_SUCH_TASK}`);
    return;
  }
  const claim = await deps.fleet.runs.claim(ticket, await claimOptions(known, ticket, deps));
  const logger = deps.logger.child({ task: known.id, run: ticket.runId });
  if (typeof claim === 'object') {
    logger.info({ reason: claim.skipped }, 'run skipped');
    deps.listener.onSkip?.(ticket, claim.skipped);
    return;
  }
  logger.info({ trigger: ticket.trigger, claim, attempt: context.facts.attempt }, 'run started');
  const { config, task } = await onceLifted(ticket, context, { ...deps, logger });
  await deps.listener.onStart?.(task, ticket);
  const { holds } = deps.fleet;
  const open = heldPorts(deps.ports(config), { ...context, holds, task: task.id });
  const ports = patientPorts(open, patienceOf(task, ticket, context, deps));
  const { errors, isComplete } = await enqueueDrifted(task, ticket, { ...deps, logger, ports }, context);
  await deps.fleet.runs.finishExpansion(ticket.runId, errors, { isComplete });
}

/**
 * The task as the config has it once nobody holds it. Its run is begun: a firing that comes meanwhile is skipped, as while a run
 * goes on, and the one that waits is none of the store's to be looked at again and again.
 */
async function onceLifted(
  ticket: RunTicket,
  { signal, idle }: RunContext,
  { fleet: { holds }, config, logger }: Pick<ExpandRunDeps, 'fleet' | 'config' | 'logger'>,
): Promise<{ readonly config: SyncConfig; readonly task: Task }> {
  const { task: id } = ticket;
  while (holds.isHeld({ task: id })) {
    logger.info({}, 'run waits: it is held');
    const wait = (): Promise<void> => holds.lifted({ task: id }, signal);
    await (idle === undefined ? wait() : idle(wait));
  }
  const current = config();
  const task = current.tasks.find((candidate) => candidate.id === id);
  if (task === undefined) throw new HandBackError(HAND_BACK_MS, NO_SUCH_TASK);
  return { config: current, task };
}

function patienceOf(
  { retries }: Task,
  ticket: RunTicket,
  { signal, idle }: RunContext,
  { pauses, outages, listener }: Pick<ExpandRunDeps, 'pauses' | 'outages' | 'listener'>,
): PortWaits {
  const onRetry: PortWaits['onRetry'] = (...retry) => listener.onRetry(ticket, ...retry);
  return {
    pauses,
    retries,
    signal,
    onRetry,
    ...(outages !== undefined && { outages }),
    ...(idle !== undefined && { idle }),
  };
}

const unknownTask = (task: string): SyncError =>
  new SyncError('TASK_UNKNOWN', {
    message: `the config of the schedulers has no task "${task}"`,
    hint: 'give them the config that was used here, and fire it again',
  });

/** When a firing of a schedule is not to run. */
async function claimOptions(
  { schedule }: Task,
  { trigger, dueAtMs }: RunTicket,
  { isMissed }: Pick<ExpandRunDeps, 'isMissed'>,
): Promise<ClaimOptions> {
  if (schedule === undefined || trigger !== 'schedule') return {};
  const isLeftOut = schedule.catchUp === 'none' && dueAtMs !== undefined && (await isMissed?.(dueAtMs));
  return {
    // dregsy skips a firing that comes sooner than half an interval after the end of the last run.
    ...(schedule.kind === 'interval' && { minimumPauseMs: schedule.everyMs / 2 }),
    ...(isLeftOut === true && { skip: MISSED }),
  };
}

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
  /** Nothing is left of which it could not be told what the source has. */
  isComplete: boolean;
}

type Expanding = Pick<ExpandRunDeps, 'fleet' | 'logger' | 'listener' | 'notes'>;

/** @returns what could not be planned, and what that says of the comparison. @throws the signal's reason: what fails from there on may do so for that alone. */
async function enqueueDrifted(
  task: Task,
  ticket: RunTicket,
  deps: Expanding & { ports: PlanPorts },
  context: RunContext,
): Promise<Pick<Progress, 'errors' | 'isComplete'>> {
  const { signal } = context;
  const { runs } = deps.fleet;
  const { runId } = ticket;
  const progress: Progress = {
    counts: { repositories: 0, listed: 0, selected: 0, inSync: 0, emptyFilters: 0 },
    errors: [],
    isComplete: true,
  };
  const { notes, logger } = deps;
  const watches = notes === undefined ? [] : await openWatches(task, notes, logger);
  for await (const entry of planned(task, deps.ports, context)) {
    signal.throwIfAborted();
    for (const watch of watches) await watch.see(entry);
    const due = take(entry, progress, { ...deps, ticket });
    runs.setCounts(runId, progress.counts);
    if (due !== undefined) await runs.enqueue(runId, { ...due, ...task.retries });
  }
  signal.throwIfAborted();
  for (const watch of watches) await watch.end(progress.isComplete);
  return progress;
}

/** What ends the planning of a task is one more thing that could not be planned, but for what is none of the task. */
async function* planned(
  task: Task,
  ports: PlanPorts,
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
function take(
  entry: PlanEntry,
  progress: Progress,
  { fleet, ticket, logger, listener }: Expanding & { ticket: RunTicket },
): DueCopy | undefined {
  if ('isEmpty' in entry && entry.isEmpty) progress.counts.emptyFilters += 1;
  switch (entry.kind) {
    case 'repository':
      progress.counts.repositories += 1;
      progress.counts.listed += entry.listed;
      logger.debug(
        { source: entry.pair.source, listed: entry.listed, selected: entry.selected },
        'repository expanded',
      );
      if (entry.warning !== undefined)
        logger.warn({ source: entry.pair.source, mapping: entry.mapping }, entry.warning);
      return undefined;
    case 'dropped':
      logger.trace(
        { repository: entry.pair.source.repository, tag: entry.tag, reason: entry.reason },
        'tag left out',
      );
      return undefined;
    case 'warning':
      logger.warn({ mapping: entry.mapping }, entry.message);
      return undefined;
    case 'failure':
      progress.isComplete &&= isTold(entry.error);
      if (progress.errors.length < MOST_RUN_ERRORS) progress.errors.push(entry.error);
      fleet.runs.noteFailures(ticket.runId, progress.errors);
      listener.onFailure(ticket, entry.error, entry.mapping);
      return undefined;
    case 'image':
      return takeImage(entry, progress, logger);
  }
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
