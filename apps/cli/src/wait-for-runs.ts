import type { RunRecord } from '@regfleet/fleet';
import type { Fleet } from '@regfleet/queue';
import { interruptSignal } from '@regfleet/runtime';
import { createProgress } from './output/progress.ts';
import { runProgressLine } from './output/runs.ts';
import type { Terminal } from './terminal.ts';

/** The records of the runs once all have ended, showing how far they are meanwhile. */
export async function waitForRuns(
  fleet: Fleet,
  runIds: readonly string[],
  terminal: Terminal,
): Promise<RunRecord[]> {
  const progress = createProgress(terminal);
  const signal = interruptSignal();
  const latest = new Map<string, RunRecord>();
  const startedAtMs = Date.now();
  const show = (run: RunRecord): void => {
    latest.set(run.id, run);
    progress.update(runProgressLine([...latest.values()], { elapsedMs: Date.now() - startedAtMs }));
  };
  try {
    return await Promise.all(runIds.map((runId) => fleet.runs.wait(runId, { signal, onChange: show })));
  } finally {
    progress.end();
    if (signal.aborted) terminal.err('what was queued goes on; `regfleet status` shows how far it is');
  }
}
