import { script } from '../../redis/script.ts';
import { BEHIND_FUNCTIONS } from './behind.ts';
import { RUN_FUNCTIONS } from './end-run.ts';
import { JOB_FUNCTIONS, JOB_UNPLACED } from './register-jobs.ts';

const DROP_UNPLACED = `
local function dropUnplaced()
  if redis.call('HDEL', run, 'unplaced') == 0 then return end
  local states = redis.call('HGETALL', jobs)
  for i = 1, #states, 2 do
    if string.sub(states[i + 1], -1) == '${JOB_UNPLACED}' then
      redis.call('HDEL', jobs, states[i])
      redis.call('HINCRBY', run, 'pending', -1)
      redis.call('HINCRBY', run, 'enqueued', -1)
    end
  end
end
`;

/**
 * Notes that a run gets no more jobs, once, and ends it when none is pending. Jobs that a dead process noted and nobody has queued
 * since are none of it.
 *
 * KEYS[1] run; ARGV: root, run id, now, whether all was compared (1 or 0), then error JSONs. Returns 1, or 0 when the run is over, expanded or unknown.
 */
export const FINISH_EXPANSION = script(
  RUN_FUNCTIONS,
  BEHIND_FUNCTIONS,
  DROP_UNPLACED,
  `
if redis.call('EXISTS', run) == 0 or redis.call('HEXISTS', run, 'expanded') == 1
  or redis.call('HEXISTS', run, 'finishedAtMs') == 1 then return 0 end
for i = 5, #ARGV do addError(ARGV[i]) end
dropUnplaced()
redis.call('HSET', run, 'expanded', 1)
compared(ARGV[4] == '1')
endIfDone()
return 1
`,
);

/**
 * Sets counts of the expansion of a run that is not over.
 *
 * KEYS[1] run; ARGV: root, run id, now, then pairs of field and number. Returns 1 or 0.
 */
export const SET_COUNTS = script(
  RUN_FUNCTIONS,
  `
if redis.call('EXISTS', run) == 0 or redis.call('HEXISTS', run, 'finishedAtMs') == 1 then return 0 end
for i = 4, #ARGV, 2 do redis.call('HSET', run, ARGV[i], ARGV[i + 1]) end
changed()
return 1
`,
);

/**
 * Ends a run at once. Pending jobs become skipped ones: they are no longer of this run.
 *
 * KEYS[1] run; ARGV: root, run id, now, reason. Returns false when the run is over or unknown, else its pending jobs
 * as pairs of job name and lane. Signals `cancel <id>` besides `end <id>`.
 */
export const CANCEL_RUN = script(
  RUN_FUNCTIONS,
  JOB_FUNCTIONS,
  `
if redis.call('EXISTS', run) == 0 or redis.call('HEXISTS', run, 'finishedAtMs') == 1 then return false end
local pending = {}
local states = redis.call('HGETALL', jobs)
for i = 1, #states, 2 do
  if isOpenState(states[i + 1]) then
    table.insert(pending, states[i])
    table.insert(pending, redis.call('HGET', run, 'lane#' .. string.match(states[i + 1], '^%d*')))
  end
end
if #pending > 0 then
  redis.call('HINCRBY', run, 'enqueued', -#pending / 2)
  redis.call('HINCRBY', run, 'skipped', #pending / 2)
  redis.call('HSET', run, 'pending', 0)
end
redis.call('PUBLISH', signals, 'cancel ' .. runId)
endRun('cancelled', ARGV[4])
return pending
`,
);
