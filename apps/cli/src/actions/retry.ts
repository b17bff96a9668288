import { silentLogger } from '@regfleet/model';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { showEndedRun } from '../ended-run.ts';
import { errorCodeOf } from '../error-code.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';
import { counted } from '../output/quantities.ts';

export interface RetryFlags {
  readonly code?: string;
  readonly wait: boolean;
}

/** Queues the failed images of a run as a run of its own. */
export async function retry(context: CommandContext, runId: string, flags: RetryFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const code = flags.code === undefined ? undefined : errorCodeOf(flags.code);
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  await withFleet(await requireAnyRedis(context, config), silentLogger, async (fleet) => {
    const retries = (task: string | undefined) =>
      config.tasks.find(({ id }) => id === task)?.retries ?? config.retries;
    const { runId: run, images, forgotten } = await fleet.retryRun(runId, { code, retries });
    if (forgotten > 0)
      terminal.err(
        `warning: ${counted(forgotten, 'more image')} of it failed, and which is not known any more`,
      );
    if (flags.wait) return showEndedRun(context, fleet, run);
    terminal.out(
      options().json
        ? JSON.stringify({ run, retryOf: runId, images, forgotten })
        : `run ${run} queued: ${counted(images, 'image')} of run ${runId}`,
    );
    return finish(EXIT.ok);
  });
}
