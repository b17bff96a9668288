import type { RetryPolicy, SyncConfig, Task } from '@regfleet/config';
import { RateLimitPauses } from '@regfleet/fleet';
import {
  formatReference,
  printable,
  type SerialisedSyncError,
  type SyncError,
  silentLogger,
  toSyncError,
} from '@regfleet/model';
import {
  type DriftRecords,
  type DriftState,
  type PlanEntry,
  type PortWaits,
  patientPorts,
  planTask,
  type TargetPlan,
  targetPlans,
} from '@regfleet/planner';
import type { Registries } from '@regfleet/registry';
import { interruptSignal } from '@regfleet/runtime';
import { askedRegistries } from '../asked-registries.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, exitCodeOfAll } from '../exit-code.ts';
import { findRedis } from '../fleet-access.ts';
import { type AnsweringProvider, loginLine, providersOf } from '../logins/providers.ts';
import { formatError } from '../output/errors.ts';
import { createProgress } from '../output/progress.ts';
import { counted, formatDuration } from '../output/quantities.ts';
import { formatTable } from '../output/table.ts';
import { openPlanRecords, type PlanRecords } from '../plan-records.ts';
import { formatSize, PlanSizes, sizeWarnings, type TaskSize, type TaskSizes } from '../plan-sizes.ts';
import { readRecordFile } from '../sync/record-file.ts';
import { tasksNamed } from '../tasks.ts';
import { toldOnce } from '../told-once.ts';

export interface PlanFlags {
  readonly task?: readonly string[];
  readonly drifted: boolean;
  readonly exitCode: boolean;
  readonly size: boolean;
  readonly state?: string;
}

interface PlannedImage {
  readonly source: string;
  readonly target: string;
  readonly state: DriftState | 'left-out';
  readonly reason: string;
  readonly warning?: string;
  readonly mapping: string;
}

interface TaskPlan {
  readonly task: string;
  /** Who gives the credentials for source and target. */
  readonly registries: readonly AnsweringProvider[];
  readonly images: readonly PlannedImage[];
  readonly warnings: readonly string[];
  readonly errors: readonly SerialisedSyncError[];
  /** Absent: nobody asked for it, or the relay cannot tell. */
  readonly size?: TaskSize;
}

/** Plans the tasks and prints what was found. */
export async function plan(context: CommandContext, flags: PlanFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const tasks = flags.task === undefined ? config.tasks : tasksNamed(config, flags.task);
  const registries = askedRegistries(terminal, config, { command: 'plan' });
  try {
    const plans = await planTasks(context, tasks, {
      config,
      registries,
      state: flags.state,
      isMeasured: flags.size,
    });
    terminal.out(
      options().json
        ? JSON.stringify(plans, undefined, 2)
        : plans.map((each) => format(each, flags.drifted, terminal.tableColumns)).join('\n\n'),
    );
    finish(codeOf(plans, flags.exitCode));
  } finally {
    await registries.close();
  }
}

/** A plan that could not be made tells nothing of drift. */
function codeOf(plans: readonly TaskPlan[], tellsDrift: boolean): number {
  const errors = plans.flatMap((each) => each.errors);
  if (errors.length > 0) return exitCodeOfAll(errors);
  const hasDrifted = plans.some(({ images }) => images.some(isDrifted));
  return tellsDrift && hasDrifted ? EXIT.drifted : EXIT.ok;
}

const isDrifted = ({ state }: PlannedImage): boolean => state !== 'left-out' && state !== 'in-sync';

// Somebody sits before it: a registry that wants to be left alone for longer is told as an error of its task.
const LONGEST_PAUSE_MS = 60_000;
const MOST_PAUSES_IN_ROW = 3;
const ONE_TRY: RetryPolicy = { attempts: 1, backoffMs: 0, maxBackoffMs: 0 };

/** @param error - why the records cannot be read. */
const lossOfRecords = (error: SyncError): string =>
  `warning: the plan goes on without the sync records: what the docker relay copied may show as stale, and immutable tags are compared\n${formatError(error.toJSON())}`;

interface PlanDeps {
  readonly config: SyncConfig;
  readonly registries: Registries;
  /** Where `sync` keeps its records; absent: in a Redis, if at all. */
  readonly state: string | undefined;
  /** True: it is told how much copies would move. */
  readonly isMeasured: boolean;
}

async function openRecords(
  context: CommandContext,
  { config, state }: PlanDeps,
  tell: (text: string) => void,
): Promise<PlanRecords> {
  if (state === undefined)
    return openPlanRecords(await findRedis(context, config), (error) => tell(lossOfRecords(error)));
  const warn = (_: object, message: string): void => tell(`warning: ${message}`);
  return readRecordFile({ state, configFile: config.file, logger: { ...silentLogger, warn } });
}

async function planTasks(
  context: CommandContext,
  tasks: readonly Task[],
  deps: PlanDeps,
): Promise<TaskPlan[]> {
  const { terminal } = context;
  const progress = createProgress(terminal);
  const signal = interruptSignal();
  const tell = (text: string): void => {
    progress.end();
    terminal.err(text);
  };
  const tellWait = (what: string, error: SyncError, delayMs: number): void =>
    tell(printable(`${what}: ${error.code}, again in ${formatDuration(delayMs)}: ${error.message}`));
  const pauses = new RateLimitPauses({
    mostInRow: MOST_PAUSES_IN_ROW,
    longestMs: LONGEST_PAUSE_MS,
    onPause: tellWait,
  });
  const onImage = (task: Task, count: number): void =>
    progress.update(() => `${task.id}: ${counted(count, 'tag')}`);
  const plans: TaskPlan[] = [];
  const sizes = deps.isMeasured ? new PlanSizes(signal) : undefined;
  const records = await openRecords(context, deps, tell);
  try {
    for (const task of tasks) {
      const patience = { pauses, retries: ONE_TRY, signal, onRetry: tellWait };
      plans.push(await planOf(task, { ...deps, records, patience, sizes, onImage }));
    }
  } finally {
    progress.end();
    await records.close();
  }
  return plans;
}

/** What is found before a failure that ends the planning of a task stays in its plan, and the failure is the last of its errors. */
async function planOf(
  task: Task,
  deps: PlanDeps & {
    records: DriftRecords;
    patience: PortWaits;
    sizes: PlanSizes | undefined;
    onImage(task: Task, count: number): void;
  },
): Promise<TaskPlan> {
  const { config, registries, records, patience, sizes } = deps;
  const { signal } = patience;
  const asking = {
    client: (location: Task['source']) => registries.connect(location),
    lister: (location: Task['source']) => registries.lister(location, config.lister),
    records,
  };
  const ports = patientPorts(asking, patience);
  const measured = sizes?.of(task);
  let count = 0;
  const onImage = (): void => deps.onImage(task, ++count);
  const plans = await Promise.all(
    targetPlans(task, ports).map((plan) => collected(plan, { signal, measured, onImage })),
  );
  const answering = await providersOf(task, registries, signal);
  signal.throwIfAborted();
  const unmeasured = sizes === undefined ? [] : sizeWarnings(task);
  const errors = toldOnce(plans.map((each) => each.errors));
  return {
    task: task.id,
    registries: answering,
    images: plans.flatMap(({ images }) => images),
    warnings: toldOnce([unmeasured, ...plans.map(({ warnings }) => warnings)]),
    errors,
    // Of what could not be planned or read nothing is counted.
    ...(measured && { size: { ...measured.size, isCut: measured.size.isCut || errors.length > 0 } }),
  };
}

interface Telling {
  readonly signal: AbortSignal;
  readonly measured: TaskSizes | undefined;
  onImage(): void;
}

async function collected(plan: TargetPlan, { signal, measured, onImage }: Telling): Promise<Collected> {
  const found: Collected = { images: [], errors: [], warnings: [] };
  try {
    for await (const entry of planTask(plan.task, plan.ports, { signal })) {
      const before = found.images.length;
      collect(entry, found);
      const problem = entry.kind === 'image' ? await measured?.add(entry, plan) : undefined;
      if (problem !== undefined) found.errors.push(problem);
      if (found.images.length > before) onImage();
    }
  } catch (error) {
    signal.throwIfAborted();
    found.errors.push(toSyncError(error).toJSON());
  }
  return found;
}

interface Collected {
  readonly images: PlannedImage[];
  readonly errors: SerialisedSyncError[];
  readonly warnings: string[];
}

function collect(entry: PlanEntry, { images, errors, warnings }: Collected): void {
  switch (entry.kind) {
    case 'repository':
      if (entry.warning !== undefined) warnings.push(`${entry.mapping}: ${entry.warning}`);
      if (entry.belongings !== undefined) warnings.push(`${entry.mapping}: ${leftBehind(entry)}`);
      return;
    case 'warning':
      warnings.push(`${entry.mapping}: ${entry.message}`);
      return;
    case 'failure':
      errors.push(entry.error.toJSON());
      return;
    case 'dropped': {
      const side = (name: 'source' | 'target'): string =>
        `${entry.pair[name].registry}/${entry.pair[name].repository}:${entry.tag}`;
      images.push({
        source: side('source'),
        target: side('target'),
        state: 'left-out',
        reason: entry.reason,
        mapping: entry.mapping,
      });
      return;
    }
    case 'image': {
      const { request, drift, mapping, reason, warning } = entry;
      if (drift.error !== undefined) errors.push(drift.error.toJSON());
      images.push({
        source: formatReference(request.source),
        target: formatReference(request.target),
        state: drift.state,
        reason,
        ...(warning !== undefined && { warning }),
        mapping,
      });
    }
  }
}

const leftBehind = ({
  belongings = 0,
  pair: { source },
}: Extract<PlanEntry, { kind: 'repository' }>): string =>
  `${counted(belongings, 'tag')} of ${source.registry}/${source.repository} ${belongings === 1 ? 'stands' : 'stand'} for signatures, SBOMs or other referrers of images, which do not go with them: referrers: true takes them along`;

function format(plan: TaskPlan, onlyDrifted: boolean, columns: number | undefined): string {
  const isShown = (image: PlannedImage): boolean => !onlyDrifted || isDrifted(image);
  const rows = plan.images
    .filter(isShown)
    .map((image) => [image.state, image.source, image.target, why(image)]);
  const count = (...states: PlannedImage['state'][]): number =>
    plan.images.filter((image) => states.includes(image.state)).length;
  const summary =
    `${plan.task}: ${count('missing')} missing, ${count('stale')} stale, ${count('unknown')} unknown, ` +
    `${count('in-sync')} in sync, ${count('left-out')} left out`;
  const table =
    rows.length === 0 ? [] : [formatTable(['state', 'source', 'target', 'reason'], rows, { columns })];
  const logins = plan.registries.map((answer) => `  ${loginLine(answer)}`);
  const warnings = plan.warnings.map((warning) => `warning: ${printable(warning)}`);
  const size = plan.size === undefined ? [] : [`  ${formatSize(plan.size)}`];
  return [summary, ...size, ...logins, ...table, ...warnings, ...plan.errors.map(formatError)].join('\n');
}

const why = ({ reason, warning }: PlannedImage): string =>
  warning === undefined ? reason : `${reason}; warning: ${warning}`;
