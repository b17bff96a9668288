import type { SyncConfig } from '@regfleet/config';
import {
  INTERRUPTED,
  type Meters,
  RateLimitPauses,
  RequestLimits,
  type RunRecord,
  type SyncRecords,
} from '@regfleet/fleet';
import { LocalMeters, memoryRecords } from '@regfleet/local';
import { type Logger, printable } from '@regfleet/model';
import { createRegistries, type RequestEvent } from '@regfleet/registry';
import { createLogger, interruptionOf, interruptSignal } from '@regfleet/runtime';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { formatRuns } from '../output/runs.ts';
import { LEAST_COPIES } from '../service/flags.ts';
import { openNeededRelays } from '../service/relays.ts';
import { Traffic } from '../service/traffic.ts';
import { chosenTasks, matchesNone } from '../sync/choose-tasks.ts';
import { logAbove, type SyncDisplay, syncDisplay } from '../sync/display.ts';
import { syncLog } from '../sync/log-display.ts';
import { openRecordFile, type RecordFile } from '../sync/record-file.ts';
import { runRound } from '../sync/round.ts';
import { runRounds } from '../sync/rounds.ts';
import { ToldLogins } from '../sync/told-logins.ts';
import { tasksNamed } from '../tasks.ts';
import type { Terminal } from '../terminal.ts';

// With waits of a minute, what a registry says that does not tell how long, an image is tried for ten minutes.
const MOST_PAUSES_IN_ROW = 10;

export interface SyncFlags {
  readonly once: boolean;
  readonly run?: string;
  readonly task?: readonly string[];
  readonly relay?: string;
  /** Absent: it is found out. */
  readonly concurrency?: number;
  readonly state?: string;
  readonly egress: string;
}

/** Runs the tasks in this process, showing how far they are, and prints a summary. */
export async function sync(context: CommandContext, flags: SyncFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const { env } = terminal;
  finish(EXIT.failed);
  const { logger, display, reader, warn } = voiceOf(terminal);
  const config = await readConfig(configFile(options().config, env), reader);
  checkNames(config, flags, finish);
  const none = matchesNone(config, flags);
  if (none !== undefined) warn(none);
  const choose = (whole: SyncConfig): SyncConfig => ({ ...whole, tasks: chosenTasks(whole, flags) });
  const stop = interruptSignal();
  const pauses = new RateLimitPauses({ mostInRow: MOST_PAUSES_IN_ROW, onPause: display.onPause });
  const logins = new ToldLogins(display.onLogin);
  const records = await openRecords(config, flags, logger);
  const meters = new LocalMeters();
  const means: Means = { context, flags, logger, stop, display, pauses, meters, logins, records };
  const round = (chosen: SyncConfig, signal: AbortSignal): Promise<RunRecord[]> =>
    openRound(chosen, signal, means);
  const running = flags.once
    ? round(choose(config), stop)
    : runRounds(config, { stop, env, logger, choose }, round);
  const runs = await running.finally(() => records.close());
  terminal.out(options().json ? JSON.stringify(runs, undefined, 2) : formatRuns(runs, terminal.tableColumns));
  finish(exitCode(runs, stop));
}

/** Those of the process, or with `--state` of all processes of its config. */
async function openRecords(config: SyncConfig, { state }: SyncFlags, logger: Logger): Promise<RecordFile> {
  if (state === undefined) return { ...memoryRecords(), close: async () => undefined };
  return openRecordFile({ state, configFile: config.file, logger });
}

interface Voice {
  readonly logger: Logger;
  readonly display: SyncDisplay;
  /** Who is told of issues of the config. */
  readonly reader: Pick<Terminal, 'env' | 'err'>;
  warn(text: string): void;
}

/** How a sync tells what it does on standard error: for a reader, or as log records and nothing else. */
function voiceOf(terminal: Terminal): Voice {
  const { env, errorStream } = terminal;
  const asLog = env.LOG_FORMAT?.trim().toLowerCase() === 'json';
  const live = asLog ? undefined : syncDisplay(terminal);
  const logger = createLogger({
    service: 'sync',
    env: { ...env, LOG_LEVEL: env.LOG_LEVEL || (asLog ? 'info' : 'warn') },
    destination: live === undefined ? errorStream : logAbove(terminal, live),
  });
  const record = (text: string): void => logger.warn({}, text);
  return live === undefined
    ? { logger, display: syncLog(logger), reader: { env, err: record }, warn: record }
    : {
        logger,
        display: live,
        reader: terminal,
        warn: (text) => terminal.err(`warning: ${printable(text)}`),
      };
}

/** A flag that dregsy does not have is wrong in our way. */
function checkNames(config: SyncConfig, { task }: SyncFlags, finish: CommandContext['finish']): void {
  if (task === undefined) return;
  finish(EXIT.invalid);
  tasksNamed(config, task);
  finish(EXIT.failed);
}

/**
 * As dregsy: only the last run of each task counts, and being told to stop is no failure where all was done. Else the code is
 * that of dying of the signal, which no supervisor takes for done.
 */
function exitCode(runs: readonly RunRecord[], stop: AbortSignal): number {
  const isCut = runs.some((run) => run.reason === INTERRUPTED);
  if (isCut) return interruptionOf(stop.reason)?.exitCode ?? EXIT.temporary;
  return runs.some((run) => run.outcome === 'failed') ? EXIT.failed : EXIT.ok;
}

interface Means {
  readonly context: CommandContext;
  readonly flags: SyncFlags;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  readonly records: SyncRecords;
  readonly display: SyncDisplay;
  readonly pauses: RateLimitPauses;
  readonly meters: Meters;
  readonly logins: ToldLogins;
}

/** One round with what it needs of its config. */
async function openRound(config: SyncConfig, round: AbortSignal, means: Means): Promise<RunRecord[]> {
  const { context, flags, logger, stop, display } = means;
  const { env } = context.terminal;
  const relays = await openNeededRelays(config, config.tasks, { logger, env, signal: stop });
  const traffic = new Traffic();
  const requestGate = new RequestLimits({
    meters: means.meters,
    egress: flags.egress,
    ratesOf: (registry) => config.rates.get(registry),
    onWait: () => traffic.waited(),
  });
  const onRequest = (event: RequestEvent): void => traffic.heard(event);
  const registries = createRegistries({ logger, env, limits: config.limits, requestGate, onRequest });
  const { once } = flags;
  const concurrency = traffic.copyWidth(flags.concurrency, LEAST_COPIES.sync);
  try {
    return await runRound({ ...means, config, relays, registries, once, concurrency }, { round, stop });
  } finally {
    display.end();
    await Promise.all([...relays.values()].map((relay) => relay.close()));
    await registries.close();
  }
}
