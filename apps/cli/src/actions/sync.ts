import { parseRegexRule, type SyncConfig, type Task } from '@regfleet/config';
import { isRelayName, type Logger, RELAYS, type RelayName, SyncError } from '@regfleet/model';
import type { RunRecord } from '@regfleet/queue';
import { createRegistries, type Registries } from '@regfleet/registry';
import type { Relay } from '@regfleet/relay';
import { createLogger, interruptSignal } from '@regfleet/runtime';
import type { SyncFlags } from '../commands/sync.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { formatRuns } from '../output/runs.ts';
import { openNeededRelays } from '../service/relays.ts';
import { syncDisplay } from '../sync/display.ts';
import { memoryRecords } from '../sync/memory-records.ts';
import { runTasks } from '../sync/run-tasks.ts';
import { Slots } from '../sync/slots.ts';
import { type SyncDeps, syncTask } from '../sync/sync-task.ts';

/** Runs the tasks in this process, showing how far they are, and prints a summary. */
export async function sync(context: CommandContext, flags: SyncFlags): Promise<void> {
  const { terminal, options, finish } = context;
  finish(EXIT.failed);
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const tasks = chosenTasks(config, flags);
  const logger = createLogger({
    service: 'sync',
    env: { LOG_LEVEL: 'warn', ...terminal.env },
    destination: terminal.errorStream,
  });
  const signal = interruptSignal();
  const relays = await openNeededRelays(config, tasks, { logger, env: terminal.env, signal });
  const registries = createRegistries({ logger, env: terminal.env });
  try {
    const runs = await runAll({ ...config, tasks }, { context, flags, logger, registries, relays, signal });
    terminal.out(options().json ? JSON.stringify(runs, undefined, 2) : formatRuns(runs));
    finish(exitCode(runs, flags));
  } finally {
    await Promise.all([...relays.values()].map((relay) => relay.close()));
    await registries.close();
  }
}

/**
 * As dregsy: only the last run of each task counts, and being told to stop is no failure. Whoever asked for one whole
 * pass is told that it was not.
 */
function exitCode(runs: readonly RunRecord[], { once }: SyncFlags): number {
  if (runs.some((run) => run.outcome === 'failed')) return EXIT.failed;
  const isWhole = runs.every((run) => run.outcome === 'succeeded');
  return isWhole || !once ? EXIT.ok : EXIT.temporary;
}

interface Means {
  readonly context: CommandContext;
  readonly flags: SyncFlags;
  readonly logger: Logger;
  readonly registries: Registries;
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly signal: AbortSignal;
}

async function runAll(
  config: SyncConfig,
  { context, flags, logger, registries, relays, signal }: Means,
): Promise<RunRecord[]> {
  const display = syncDisplay(context.terminal);
  const deps: SyncDeps = {
    config,
    registries,
    relays,
    logger,
    records: memoryRecords(),
    slots: new Slots(flags.concurrency),
    events: display,
  };
  try {
    return await runTasks(config.tasks, { once: flags.once, signal }, (task) => syncTask(task, deps, signal));
  } finally {
    display.end();
  }
}

/** The tasks that `--run` selects, with the relay that `--relay` names. */
function chosenTasks(config: SyncConfig, flags: SyncFlags): Task[] {
  const { relay } = flags;
  const named = config.tasks.filter(taskRule(flags.run));
  return relay === undefined || !isRelayName(relay) ? named : named.map((task) => withRelay(task, relay));
}

function taskRule(run: string | undefined): (task: Task) => boolean {
  if (run === undefined) return () => true;
  const rule = parseRegexRule(run);
  if ('flaw' in rule)
    throw new SyncError('USAGE_INVALID', { message: `--run: ${rule.flaw.message}`, hint: rule.flaw.hint });
  return (task) => rule.value.matches(task.name);
}

function withRelay(task: Task, relay: RelayName): Task {
  const wantsAll = task.mappings.some((mapping) => mapping.platform === 'all');
  if (wantsAll && !RELAYS[relay].supportsAllPlatforms) {
    throw new SyncError('PLATFORM_INVALID', {
      message: `task "${task.name}" wants all platforms, which the ${relay} relay cannot copy`,
      hint: 'use --relay direct or --relay skopeo',
    });
  }
  return { ...task, relay };
}
