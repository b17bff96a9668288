import type { SyncConfig } from '@regfleet/config';
import type { RunRecord, Runs } from '@regfleet/fleet';
import { silentLogger } from '@regfleet/model';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';
import { formatRunList } from '../output/run-list.ts';
import { checkKnown, idsOf } from '../tasks.ts';

export interface RunsFlags {
  readonly task?: readonly string[];
  readonly limit: number;
  readonly failed: boolean;
}

/** Lists runs. @param names - of tasks; none: all runs. */
export async function runs(
  context: CommandContext,
  names: readonly string[],
  { limit, failed }: RunsFlags,
): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const found = await withFleet(await requireAnyRedis(context, config), silentLogger, (fleet) =>
    newest(fleet.runs, config, { names, limit: limit + 1, failed }),
  );
  if (found.length === 0) checkKnown(config, names);
  const shown = found.slice(0, limit);
  if (options().json) terminal.out(JSON.stringify({ runs: shown }, undefined, 2));
  else
    terminal.out(
      formatRunList(shown, {
        nowMs: Date.now(),
        hasMore: found.length > limit,
        columns: terminal.tableColumns,
      }),
    );
  finish(EXIT.ok);
}

/** Of a task that has left the config, too. */
async function newest(
  runs: Runs,
  config: SyncConfig,
  { names, limit, failed }: { names: readonly string[]; limit: number; failed: boolean },
): Promise<RunRecord[]> {
  const which = { limit, ...(failed && ({ outcome: 'failed' } as const)) };
  if (names.length === 0) return runs.list(which);
  const lists = await Promise.all(idsOf(config, names).map((task) => runs.list({ ...which, task })));
  return lists
    .flat()
    .sort((a, b) => b.startedAtMs - a.startedAtMs)
    .slice(0, limit);
}
