import { MOST_RUN_ERRORS } from '@regfleet/fleet';
import { LUA_KEYS } from '../../redis/keys.ts';
import { IMAGE_FUNCTIONS } from '../images/scripts.ts';
import { KEPT_ENDED, KEPT_RUNS, RUN_KEPT_DAYS } from '../retention.ts';

const KEPT_S = RUN_KEPT_DAYS * 24 * 60 * 60;

/**
 * Lua functions shared by the scripts about one run; to be put in front of them.
 *
 * `endRun(outcome, reason)` writes the end, frees the task, drops the per-job states and surplus old records, queues
 * the run for `watchEnded` and signals `end <run id>`. `endIfDone()` does so exactly when the run is expanded and
 * nothing is pending. `enterRun(id)` makes all of this about another run. `addError(json)` keeps the first errors only. `changed()` signals `run <run id>`.
 */
export const RUN_FUNCTIONS = `${LUA_KEYS}
${IMAGE_FUNCTIONS}
local function enterRun(id)
  runId, run = id, root .. 'run:' .. id
  jobs, errors = root .. 'run-jobs:' .. id, root .. 'run-errors:' .. id
end

local function addError(json)
  if redis.call('LLEN', errors) < ${MOST_RUN_ERRORS} then redis.call('RPUSH', errors, json) end
end

local function changed()
  redis.call('PUBLISH', signals, 'run ' .. runId)
end

local function trim(index, keep)
  for _, old in ipairs(redis.call('ZREVRANGE', index, keep, -1)) do
    local oldRun = root .. 'run:' .. old
    -- pcall: what is no run at all goes, too.
    if redis.call('EXISTS', oldRun) == 0 or redis.pcall('HEXISTS', oldRun, 'finishedAtMs') ~= 0 then
      redis.call('DEL', oldRun, root .. 'run-jobs:' .. old, root .. 'run-errors:' .. old)
      redis.call('UNLINK', imagesOf(old), failuresOf(old))
      redis.call('ZREM', index, old)
      redis.call('ZREM', root .. 'all-runs', old)
    end
  end
end

local function endRun(outcome, reason)
  redis.call('HSET', run, 'finishedAtMs', now, 'outcome', outcome)
  if reason then redis.call('HSET', run, 'reason', reason) end
  local task = redis.call('HGET', run, 'task')
  redis.call('DEL', jobs)
  redis.call('SREM', root .. 'active-runs', runId)
  redis.call('EXPIRE', run, ${KEPT_S})
  redis.call('EXPIRE', errors, ${KEPT_S})
  expireImages(task)
  if not task then
    trim(runsOf(''), ${KEPT_RUNS.oneOff})
  elseif outcome == 'skipped' then
    trim(skipsOf(task), ${KEPT_RUNS.skips})
  else
    local isRetry = redis.call('HEXISTS', run, 'retryOf') == 1
    if not isRetry then redis.call('HSET', taskKey(task), 'lastEndedAtMs', now) end
    if redis.call('HGET', taskKey(task), 'activeRunId') == runId then
      redis.call('HDEL', taskKey(task), 'activeRunId')
    end
    if outcome == 'succeeded' and not isRetry then redis.call('HSET', taskKey(task), 'lastSuccessAtMs', now) end
    trim(runsOf(task), ${KEPT_RUNS.runs})
    fitImages(task, ${KEPT_RUNS.runs})
  end
  redis.call('RPUSH', root .. 'ended-runs', runId)
  redis.call('LTRIM', root .. 'ended-runs', -${KEPT_ENDED}, -1)
  redis.call('PUBLISH', signals, 'end ' .. runId)
end

local function endIfDone()
  local state = redis.call('HMGET', run, 'expanded', 'pending', 'finishedAtMs', 'failed')
  if state[1] ~= '1' or (tonumber(state[2] or '0') or 0) > 0 or state[3] then
    changed()
    return
  end
  local isFailed = (tonumber(state[4] or '0') or 0) > 0 or redis.call('LLEN', errors) > 0
  endRun(isFailed and 'failed' or 'succeeded')
end
`;
