import { type CopyOrder, newRunId, type Retries, type RetryReport, type RunRecord } from '@regfleet/fleet';
import { type ErrorCode, SyncError } from '@regfleet/model';
import type { FleetRuns } from './fleet-runs.ts';
import type { RunStore } from './run-store.ts';

const PAGE = 500;

export interface RetryOptions {
  /** Only images that failed with it; absent: all that failed. */
  readonly code?: ErrorCode | undefined;
  /** How often an image is tried, by the task that it is of. */
  retries(task: string | undefined): Retries;
}

/**
 * Queues the images of a run that failed once more, as a run of its own.
 *
 * @throws {SyncError} `RUN_UNKNOWN`, `RUN_UNDER_WAY`, or `NOTHING_TO_RETRY`.
 */
export async function retryRun(
  { runs, book }: { runs: FleetRuns; book: RunStore },
  runId: string,
  { code, retries }: RetryOptions,
): Promise<RetryReport> {
  const run = await endedRun(runs, runId);
  const again = newRunId(Date.now());
  let images = 0;
  let known = 0;
  let page: CopyOrder[] = [];
  const queue = async (): Promise<void> => {
    // Not before there is something to be done: nobody would end it.
    if (images === page.length)
      await book.claim({ ...taskOf(run), runId: again, trigger: 'operator', retryOf: runId });
    await runs.enqueueAll(again, page);
    page = [];
  };
  for await (const { request, error } of runs.images(runId, { failedOnly: true })) {
    known += 1;
    if (code !== undefined && error?.code !== code) continue;
    images += 1;
    page.push({ request, ...retries(request.task) });
    if (page.length === PAGE) await queue();
  }
  if (images === 0) throw nothingToRetry(run, { code, known });
  if (page.length > 0) await queue();
  runs.setCounts(again, { selected: images });
  await runs.finishExpansion(again, []);
  return { runId: again, images, forgotten: Math.max(0, run.counts.failed - known) };
}

const taskOf = ({ task }: RunRecord): { task?: string } => (task === undefined ? {} : { task });

async function endedRun(runs: FleetRuns, runId: string): Promise<RunRecord> {
  const run = await runs.get(runId);
  if (run === undefined) {
    throw new SyncError('RUN_UNKNOWN', {
      message: `there is no run ${runId}`,
      hint: 'records are kept for 30 days; `regfleet status` shows the last run of each task',
    });
  }
  if (run.finishedAtMs !== undefined) return run;
  throw new SyncError('RUN_UNDER_WAY', {
    message: `run ${runId} has not ended`,
    hint: 'its images are tried again by themselves as often as the config says; wait for its end, or cancel it',
  });
}

function nothingToRetry(
  run: RunRecord,
  { code, known }: { code: ErrorCode | undefined; known: number },
): SyncError {
  const { id, task, counts, errors } = run;
  const anew =
    task === undefined ? 'ask for the image once more' : `run the task anew: regfleet enqueue ${task}`;
  const refuse = (message: string, hint: string): SyncError =>
    new SyncError('NOTHING_TO_RETRY', { message, hint });
  if (code !== undefined && known > 0) {
    const codes = [...new Set(errors.map((error) => error.code))].join(', ');
    return refuse(`no image of run ${id} failed with ${code}`, `its first errors have the codes ${codes}`);
  }
  if (counts.failed > 0)
    return refuse(
      `which images of run ${id} failed is not known any more: that is kept for seven days`,
      anew,
    );
  const [first] = errors;
  if (first !== undefined)
    return refuse(
      `what failed in run ${id} was no image but its expansion: ${first.code}: ${first.message}`,
      anew,
    );
  return refuse(`no image of run ${id} failed: its outcome is ${run.outcome}`, anew);
}
