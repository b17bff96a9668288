import { script } from '../../redis/script.ts';
import { RUN_FUNCTIONS } from './end-run.ts';
import { JOB_FUNCTIONS, JOB_SKIPPED } from './register-jobs.ts';

/**
 * Makes a pending job one that is no longer of its run, which says so and ends where it was the last one.
 *
 * KEYS[1] run; ARGV: root, run id, now, job name, reason. Returns false when the run does not wait for it, else its lane.
 * Signals `cancel <run id>.<job name>`.
 */
export const CANCEL_JOB = script(
  RUN_FUNCTIONS,
  JOB_FUNCTIONS,
  `
if redis.call('HEXISTS', run, 'finishedAtMs') == 1 then return false end
local state = redis.call('HGET', jobs, ARGV[4])
if not isOpenState(state) then return false end
redis.call('HSET', jobs, ARGV[4], '${JOB_SKIPPED}')
redis.call('HINCRBY', run, 'enqueued', -1)
redis.call('HINCRBY', run, 'skipped', 1)
redis.call('HINCRBY', run, 'pending', -1)
redis.call('HSET', run, 'reason', ARGV[5])
local lane = redis.call('HGET', run, 'lane#' .. string.match(state, '^%d*'))
redis.call('PUBLISH', signals, 'cancel ' .. runId .. '.' .. ARGV[4])
endIfDone()
return lane
`,
);
