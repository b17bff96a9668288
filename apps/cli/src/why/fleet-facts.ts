import { holdsBack } from '@regfleet/fleet';
import { type CopyRequest, formatReference, syncRecordKey } from '@regfleet/model';
import type { Fleet } from '@regfleet/queue';
import { unheld } from '../output/status-notes.ts';
import type { ImageAnswer, LastCopy } from './answer.ts';

// One image has few: what waits, and what failed before.
const MOST_JOBS = 10;

/** The images with what the fleet knows of them: the last copy, their jobs, and what holds them back. */
export const fleetFacts = (
  fleet: Pick<Fleet, 'records' | 'lanes' | 'holds' | 'outages'>,
  images: readonly ImageAnswer[],
): Promise<ImageAnswer[]> =>
  Promise.all(
    images.map(async (image) =>
      image.request === undefined ? image : { ...image, ...(await factsOf(fleet, image.request)) },
    ),
  );

async function factsOf(
  fleet: Pick<Fleet, 'records' | 'lanes' | 'holds' | 'outages'>,
  request: CopyRequest,
): Promise<Pick<ImageAnswer, 'lastCopy' | 'jobs' | 'holds' | 'outages'>> {
  const target = formatReference(request.target);
  const [record, jobs, holds, outages] = await Promise.all([
    fleet.records.get(syncRecordKey(request)),
    fleet.lanes.jobs({
      states: ['active', 'waiting', 'delayed', 'failed'],
      limit: MOST_JOBS,
      isWanted: (job) => formatReference(job.request.target) === target,
    }),
    fleet.holds.list(),
    fleet.outages.list(),
  ]);
  const { source, task } = request;
  const work = { source: source.registry, target: request.target.registry, task };
  return {
    ...(record !== undefined && { lastCopy: lastCopyOf(record) }),
    jobs: jobs.map(({ request: _, ...job }) => job),
    holds: holds.filter((hold) => holdsBack(hold, work)),
    outages: unheld(outages, holds).filter(({ registry }) => [work.source, work.target].includes(registry)),
  };
}

const lastCopyOf = ({ syncedAtMs, relay, sourceDigest, targetDigest }: LastCopy): LastCopy => ({
  syncedAtMs,
  relay,
  sourceDigest,
  targetDigest,
});
