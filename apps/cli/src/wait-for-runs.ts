import type { RunRecord } from '@regfleet/fleet';
import type { Fleet } from '@regfleet/queue';
import { interruptSignal } from '@regfleet/runtime';
import { createProgress } from './output/progress.ts';
import { type CopiesUnderWay, runProgressLine } from './output/runs.ts';
import type { Terminal } from './terminal.ts';

// Workers tell of an image when it has ended; that one is under way is seen by looking.
const LOOK_MS = 1_000;
// More at once than any fleet of ours was seen with.
const MOST_COPIES = 1_000;

/** The records of the runs once all have ended, showing how far they are meanwhile. */
export async function waitForRuns(
  fleet: Pick<Fleet, 'runs' | 'lanes'>,
  runIds: readonly string[],
  terminal: Terminal,
): Promise<RunRecord[]> {
  const progress = createProgress(terminal);
  const signal = interruptSignal();
  const latest = new Map<string, RunRecord>();
  const startedAtMs = Date.now();
  let copies: CopiesUnderWay | undefined;
  const draw = (): void => {
    const elapsedMs = Date.now() - startedAtMs;
    progress.update(() => runProgressLine([...latest.values()], { elapsedMs, ...(copies && { copies }) }));
  };
  const show = (run: RunRecord): void => {
    latest.set(run.id, run);
    draw();
  };
  const look = async (): Promise<void> => {
    copies = await copiesUnderWay(fleet, runIds).catch(() => undefined);
    if (latest.size > 0) draw();
  };
  const looks = setInterval(() => void look(), LOOK_MS);
  try {
    return await Promise.all(runIds.map((runId) => fleet.runs.wait(runId, { signal, onChange: show })));
  } finally {
    clearInterval(looks);
    progress.end();
    if (signal.aborted) terminal.err('what was queued goes on; `regfleet status` shows how far it is');
  }
}

async function copiesUnderWay(
  fleet: Pick<Fleet, 'lanes'>,
  runIds: readonly string[],
): Promise<CopiesUnderWay> {
  const jobs = await fleet.lanes.jobs({
    states: ['active'],
    limit: MOST_COPIES,
    isWanted: ({ runId }) => runIds.includes(runId),
  });
  const nowMs = Date.now();
  const longestMs = Math.max(0, ...jobs.map(({ takenAtMs = nowMs }) => nowMs - takenAtMs));
  return { count: jobs.length, longestMs };
}
