import type { LaneJob, LaneJobState } from '@regfleet/fleet';
import { silentLogger } from '@regfleet/model';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { errorCodeOf } from '../error-code.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';
import { plainImage } from '../output/images.ts';
import { formatJobs } from '../output/jobs.ts';
import { checkKnown, idsOf } from '../tasks.ts';

export interface JobsFlags {
  readonly failed: boolean;
  readonly code?: string;
  readonly task?: readonly string[];
  readonly limit: number;
}

const OPEN: readonly LaneJobState[] = ['active', 'waiting', 'delayed'];

/** Lists copies of all lanes. */
export async function jobs(context: CommandContext, flags: JobsFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const { failed, task, limit } = flags;
  const code = flags.code === undefined ? undefined : errorCodeOf(flags.code);
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const tasks = task && new Set(idsOf(config, task));
  const isWanted = ({ request, error }: LaneJob): boolean =>
    (tasks === undefined || tasks.has(request.task ?? '')) && (code === undefined || error?.code === code);
  const found = await withFleet(await requireAnyRedis(context, config), silentLogger, (fleet) =>
    fleet.lanes.jobs({ states: failed ? ['failed'] : OPEN, limit: limit + 1, isWanted }),
  );
  if (found.length === 0) checkKnown(config, task ?? []);
  const shown = found.slice(0, limit);
  if (options().json) terminal.out(JSON.stringify({ jobs: shown.map(jobDocument) }, undefined, 2));
  else
    terminal.out(
      formatJobs(shown, {
        failed,
        nowMs: Date.now(),
        hasMore: found.length > limit,
        columns: terminal.tableColumns,
      }),
    );
  finish(EXIT.ok);
}

const jobDocument = ({ jobId, runId, lane, state, request, ...rest }: LaneJob): object => ({
  jobId,
  runId,
  lane,
  state,
  ...plainImage(request),
  ...rest,
});
