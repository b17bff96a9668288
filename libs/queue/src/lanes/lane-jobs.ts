import { type LaneJob, type LaneJobState, type LaneParts, type Lanes, parseLane } from '@regfleet/fleet';
import { parseJson } from '@regfleet/model';
import { z } from 'zod';
import { readReason } from '../jobs/control.ts';
import { dueOfScore } from '../jobs/delayed-score.ts';
import type { Internals } from '../jobs/internals.ts';
import { parseCopyJobId } from '../jobs/names.ts';
import { readCopyPayload } from '../jobs/payload.ts';
import { readEpochMs } from '../redis/epoch.ts';
import { runScript, script } from '../redis/script.ts';

const PAGE = 200;
// Of failed ones BullMQ keeps a thousand; whoever looks for more has the runs.
const MOST_LOOKED_AT = 5_000;
// Longer than any of ours; what is longer is not sent to us.
const LONGEST = 8_192;

/** Where BullMQ keeps jobs of a state, in the order in which they are told. */
const PLACES: Readonly<Record<LaneJobState, readonly string[]>> = {
  active: ['active'],
  waiting: ['wait', 'prioritized'],
  delayed: ['delayed'],
  failed: ['failed'],
};

// Attempts made, in BullMQ's abbreviation.
const FIELDS = ['data', 'timestamp', 'processedOn', 'finishedOn', 'atm', 'failedReason'] as const;

/**
 * Reads a page of the jobs in a state.
 *
 * KEYS[1] BullMQ's list or set of it; ARGV: what the keys of its jobs begin with, first and last place, the most bytes of a value,
 * 1 to begin with the last. Returns per job its id, its score or empty, and its fields, empty for what is absent or too long.
 */
const READ_JOBS = script(`
local base, most = ARGV[1], tonumber(ARGV[4])
local kind = redis.call('TYPE', KEYS[1]).ok
local ids = {}
if kind == 'list' then
  ids = redis.call('LRANGE', KEYS[1], ARGV[2], ARGV[3])
elseif kind == 'zset' then
  ids = redis.call(ARGV[5] == '1' and 'ZREVRANGE' or 'ZRANGE', KEYS[1], ARGV[2], ARGV[3])
end
local answer = {}
for _, id in ipairs(ids) do
  -- pcall: what is no job at all has no fields.
  local values = #id <= most and redis.pcall('HMGET', base .. id, ${FIELDS.map((field) => `'${field}'`).join(', ')}) or {}
  local shown = {#id <= most and id or '', kind == 'zset' and redis.call('ZSCORE', KEYS[1], id) or ''}
  for place = 1, ${FIELDS.length} do
    local value = values[place]
    table.insert(shown, value and #value <= most and value or '')
  end
  table.insert(answer, shown)
end
return answer
`);

const text = z.string();
const rows = z.array(z.tuple([text, text, text, text, text, text, text, text]));

type Row = z.output<typeof rows>[number];
type Options = Parameters<Lanes['jobs']>[0];

/** Jobs on these lanes, as `Lanes.jobs` tells them. */
export async function listJobs(
  internals: Internals,
  lanes: readonly string[],
  { states, limit, isWanted = () => true }: Options,
): Promise<LaneJob[]> {
  const found: LaneJob[] = [];
  for (const state of states) {
    const ofState: LaneJob[] = [];
    for (const lane of lanes)
      for (const place of PLACES[state])
        ofState.push(...(await jobsIn(internals, { lane, state, place }, { limit, isWanted })));
    if (state === 'failed') ofState.sort((a, b) => (b.failedAtMs ?? 0) - (a.failedAtMs ?? 0));
    found.push(...ofState);
  }
  return found.slice(0, limit);
}

interface JobPlace {
  readonly lane: string;
  readonly state: LaneJobState;
  readonly place: string;
}

async function jobsIn(
  internals: Internals,
  place: JobPlace,
  { limit, isWanted }: Required<Pick<Options, 'limit' | 'isWanted'>>,
): Promise<LaneJob[]> {
  const parts = parseLane(place.lane);
  const found: LaneJob[] = [];
  for (let first = 0; parts !== undefined && first < MOST_LOOKED_AT; first += PAGE) {
    const page = await readPage(internals, place, first);
    for (const row of page) {
      const job = readJob(row, { ...place, parts });
      if (job !== undefined && isWanted(job)) found.push(job);
      if (job === undefined)
        internals.unreadable.tell(`${baseOf(internals, place)}${row[0]}`, 'it is no job of ours');
    }
    if (found.length >= limit || page.length < PAGE) break;
  }
  return found.slice(0, limit);
}

const baseOf = ({ keys }: Internals, { lane }: JobPlace): string => `${keys.root}${lane}:`;

async function readPage(internals: Internals, place: JobPlace, first: number): Promise<readonly Row[]> {
  const { client, unreadable } = internals;
  const base = baseOf(internals, place);
  const key = base + place.place;
  const args = [base, first, first + PAGE - 1, LONGEST, place.state === 'failed' ? 1 : 0];
  const read = async () => rows.parse(await runScript(client, READ_JOBS, [key], args));
  return (await unreadable.unless(key, read)) ?? [];
}

/** Absent for what no release of ours wrote, or a later one, and for a job that has ended meanwhile. */
function readJob(
  [jobId, score, data, timestamp, processedOn, finishedOn, attemptsMade, reason]: Row,
  { lane, parts, state }: { lane: string; parts: LaneParts; state: LaneJobState },
): LaneJob | undefined {
  const queuedAtMs = readEpochMs(timestamp);
  if (queuedAtMs === undefined) return undefined;
  try {
    const { request } = readCopyPayload(parseJson(data), parts);
    const error = reason === '' ? undefined : readReason(reason)?.toJSON();
    return {
      jobId,
      runId: parseCopyJobId(jobId).runId,
      lane,
      state,
      request,
      attempts: Math.max(0, Math.trunc(Number(attemptsMade) || 0)),
      queuedAtMs,
      ...timesOf(state, { score, processedOn, finishedOn }),
      ...(error !== undefined && {
        error: { code: error.code, kind: error.kind, message: error.message },
      }),
    };
  } catch {
    return undefined;
  }
}

function timesOf(
  state: LaneJobState,
  { score, processedOn, finishedOn }: { score: string; processedOn: string; finishedOn: string },
): Pick<LaneJob, 'takenAtMs' | 'dueAtMs' | 'failedAtMs'> {
  const takenAtMs = state === 'active' ? readEpochMs(processedOn) : undefined;
  const dueAtMs = state === 'delayed' ? readEpochMs(String(dueOfScore(Number(score)))) : undefined;
  const failedAtMs = state === 'failed' ? readEpochMs(finishedOn) : undefined;
  return {
    ...(takenAtMs !== undefined && { takenAtMs }),
    ...(dueAtMs !== undefined && { dueAtMs }),
    ...(failedAtMs !== undefined && { failedAtMs }),
  };
}
