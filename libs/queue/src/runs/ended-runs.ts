import type { RunRecord } from '@regfleet/fleet';
import { toSyncError } from '@regfleet/model';
import type { Internals } from '../jobs/internals.ts';
import { repeat } from '../redis/repeat.ts';
import { readRuns } from './read-run.ts';

const PAGE = 100;
const LOOK_MS = 5_000;
// BullMQ's ids of scheduled firings hold the name of the task.
const LONGEST_ID = 1_024;

/** Takes ended runs from the fleet's list, each to one process only. */
export async function watchEndedRuns(
  internals: Internals,
  listener: (run: RunRecord) => void,
): Promise<() => Promise<void>> {
  const { client, keys, logger, signals, unreadable } = internals;
  const look = repeat(LOOK_MS, logger, async () => {
    const ids = (await client.lpop(keys.endedRuns, PAGE)) ?? [];
    const own = ids.filter((id) => id.length <= LONGEST_ID);
    if (own.length < ids.length) unreadable.tell(keys.endedRuns, 'an id is longer than that of any run');
    for (const run of await readRuns(internals, own)) {
      // They are off the list: what is made of one must not lose the others.
      try {
        listener(run);
      } catch (error) {
        logger.warn({ run: run.id, error: toSyncError(error) }, 'the end of a run could not be told');
      }
    }
    if (ids.length === PAGE) look.now();
  });
  const unlisten = signals.listen((kind) => {
    if (kind === 'end' || kind === 'gap') look.now();
  });
  look.now();
  return async () => {
    unlisten();
    await look.stop();
  };
}
