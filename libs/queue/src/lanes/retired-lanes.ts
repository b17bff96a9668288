import { type LaneFilter, type Lanes, parseLane } from '@regfleet/fleet';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { runScript } from '../redis/script.ts';
import { RETIRE_LANE } from './retire-lane.ts';

// Longer than a worker goes on with a lane that it serves no more, and looks for stalled jobs there.
const WATCHED_MS = 10 * 60_000;
const MOST_WATCHED = 1_000;

const answerSchema = z.tuple([z.number(), z.number(), z.number()]);

/**
 * Forgets the lanes that nobody serves, once nothing on them is left to be ended, and for a while whatever turns up of those that
 * were forgotten: BullMQ writes of a queue whenever somebody opens it, or serves it, be it a moment later.
 */
export async function retireLanes(
  internals: Internals,
  lanes: Pick<Lanes, 'list'>,
  isUnserved: LaneFilter,
): Promise<void> {
  const { client, keys, unreadable } = internals;
  const nowMs = Date.now();
  const retired = await unreadable.unless(keys.retiredLanes, () =>
    client.zrange(keys.retiredLanes, 0, MOST_WATCHED - 1),
  );
  const unserved = (retired ?? []).filter((lane) => {
    const parts = parseLane(lane);
    return parts !== undefined && isUnserved(parts);
  });
  for (const lane of new Set([...unserved, ...(await lanes.list(isUnserved))]))
    await unreadable.unless(keys.root + lane, () => retire(internals, lane));
  await unreadable.unless(keys.retiredLanes, () =>
    client.zremrangebyscore(keys.retiredLanes, '-inf', nowMs - WATCHED_MS),
  );
}

async function retire({ client, keys, logger, queues }: Internals, lane: string): Promise<void> {
  const answer = await runScript(
    client,
    RETIRE_LANE,
    [keys.lanes, keys.activeRuns, keys.retiredLanes],
    [keys.root, lane, Date.now()],
  );
  const [isGone, wasKnown, failedJobs] = answerSchema.parse(answer);
  if (isGone === 0) return;
  await queues.close(lane);
  if (wasKnown === 1)
    logger.info({ lane, failedJobs }, 'nobody serves this lane any more: it is removed with its ended jobs');
}
