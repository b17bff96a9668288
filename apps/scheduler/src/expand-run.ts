import type { SyncConfig, Task } from '@regfleet/config';
import {
  type ClaimOptions,
  type FleetStore,
  HandBackError,
  type JobContext,
  type Outages,
  type RateLimitPauses,
  type RunTicket,
} from '@regfleet/fleet';
import { type Logger, SyncError } from '@regfleet/model';
import { heldPorts, type PlanPorts, type PortWaits, patientPorts } from '@regfleet/planner';
import { enqueueDrifted } from './enqueue-drifted.ts';
import type { PlanListener } from './plan-listener.ts';
import type { PlanNotes } from './plan-watch.ts';

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
  const portsUntil = (signal: AbortSignal): PlanPorts => {
    const open = heldPorts(deps.ports(config), { ...context, signal, holds, task: task.id });
    return patientPorts(open, patienceOf(task, ticket, { ...context, signal }, deps));
  };
  const enqueueDeps = { ...deps, logger, ports: portsUntil(context.signal), portsUntil };
  const { errors, isComplete } = await enqueueDrifted({ task, ticket }, enqueueDeps, context);
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
