import type { Schedule, SyncConfig, Task } from '@regfleet/config';
import {
  HandBackError,
  type JobContext,
  type RateLimitPauses,
  type Runs,
  type RunTicket,
} from '@regfleet/fleet';
import { type CopyRequest, formatReference, type Logger, SyncError } from '@regfleet/model';
import { type PlanEntry, type PlanPorts, type PortWaits, patientPorts, planTask } from '@regfleet/planner';

const NO_SUCH_TASK = 'the config has no such task';
const HAND_BACK_MS = 3_000;
// A rolling deploy replaces schedulers within minutes; until then the config of the one that leads may be newer than ours.
const LIMIT_MS = 10 * 60_000;

type RunContext = Pick<JobContext, 'signal' | 'facts' | 'idle'>;

export interface ExpandRunDeps {
  readonly fleet: { readonly runs: Runs };
  readonly ports: (config: SyncConfig) => PlanPorts;
  readonly config: () => SyncConfig;
  readonly logger: Logger;
  /** Of this process. */
  readonly pauses: RateLimitPauses;
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
  const config = deps.config();
  const task = config.tasks.find((candidate) => candidate.id === ticket.task);
  if (task === undefined) {
    if (context.facts.ageMs < LIMIT_MS) throw new HandBackError(HAND_BACK_MS, NO_SUCH_TASK);
    if (ticket.trigger === 'operator') throw unknownTask(ticket.task);
    deps.logger.warn({ task: ticket.task, run: ticket.runId }, `run dropped: ${NO_SUCH_TASK}`);
    return;
  }
  const claim = await deps.fleet.runs.claim(ticket, pauseAfterLastRun(task.schedule, ticket));
  const logger = deps.logger.child({ task: task.id, run: ticket.runId });
  if (typeof claim === 'object') {
    logger.info({ reason: claim.skipped }, 'run skipped');
    return;
  }
  logger.info({ trigger: ticket.trigger, claim, attempt: context.facts.attempt }, 'run started');
  const ports = patientPorts(deps.ports(config), patienceOf(task, context, { ...deps, logger }));
  const errors = await enqueueDrifted(task, { ...deps, logger, ports }, ticket.runId, context.signal);
  await deps.fleet.runs.finishExpansion(ticket.runId, errors);
}

function patienceOf(
  { retries }: Task,
  { signal, idle }: RunContext,
  { pauses, logger }: Pick<ExpandRunDeps, 'pauses' | 'logger'>,
): PortWaits {
  const onRetry: PortWaits['onRetry'] = (what, error, delayMs) =>
    logger.warn({ what, error, delayMs }, 'will be tried again');
  return { pauses, retries, signal, onRetry, ...(idle !== undefined && { idle }) };
}

const unknownTask = (task: string): SyncError =>
  new SyncError('TASK_UNKNOWN', {
    message: `the config of the schedulers has no task "${task}"`,
    hint: 'give them the config that was used here, and fire it again',
  });

/** dregsy skips a firing that comes sooner than half an interval after the end of the last run. */
function pauseAfterLastRun(schedule: Schedule | undefined, ticket: RunTicket): { minimumPauseMs?: number } {
  if (schedule?.kind !== 'interval' || ticket.trigger !== 'schedule') return {};
  return { minimumPauseMs: schedule.everyMs / 2 };
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
}

/** @returns what could not be planned. */
async function enqueueDrifted(
  task: Task,
  deps: { fleet: { readonly runs: Runs }; ports: PlanPorts; logger: Logger },
  runId: string,
  signal: AbortSignal,
): Promise<SyncError[]> {
  const { runs } = deps.fleet;
  const progress: Progress = {
    counts: { repositories: 0, listed: 0, selected: 0, inSync: 0, emptyFilters: 0 },
    errors: [],
  };
  for await (const entry of planTask(task, deps.ports, { signal })) {
    const request = take(entry, progress, deps.logger);
    runs.setCounts(runId, progress.counts);
    if (request !== undefined) await runs.enqueue(runId, { request, ...task.retries });
  }
  return progress.errors;
}

/** Counts what was found. @returns the image when it has to be copied. */
function take(entry: PlanEntry, progress: Progress, logger: Logger): CopyRequest | undefined {
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
      progress.errors.push(entry.error);
      logger.error({ mapping: entry.mapping, error: entry.error }, 'mapping could not be expanded');
      return undefined;
    case 'image':
      return takeImage(entry, progress, logger);
  }
}

function takeImage(
  entry: Extract<PlanEntry, { kind: 'image' }>,
  progress: Progress,
  logger: Logger,
): CopyRequest | undefined {
  progress.counts.selected += 1;
  const source = formatReference(entry.request.source);
  logger.trace({ source, reason: entry.reason, drift: entry.drift.state }, 'image compared');
  if (entry.drift.state === 'in-sync') {
    progress.counts.inSync += 1;
    return undefined;
  }
  if (entry.warning !== undefined) logger.warn({ source, mapping: entry.mapping }, entry.warning);
  return entry.request;
}
