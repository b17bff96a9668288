import { CLOCK_SKEW_MS } from '../../redis/clock.ts';
import { LAYOUT } from '../../redis/layout.ts';
import { script } from '../../redis/script.ts';
import { RUN_FUNCTIONS } from './end-run.ts';
import { JOB_UNPLACED } from './register-jobs.ts';

/**
 * Whoever died between noting jobs and queueing them has left them to the expansion that goes on. It may see no need of them: what
 * it finds in sync, or gone from the source, it does not note again.
 */
const MARK_UNPLACED = `
local function markUnplaced()
  local unplaced = 0
  local states = redis.call('HGETALL', jobs)
  for i = 1, #states, 2 do
    local name, number = states[i], string.match(states[i + 1], '^%d+$')
    local lane = number and redis.call('HGET', run, 'lane#' .. number)
    if lane and redis.call('EXISTS', jobIn(lane, runId .. '.' .. name)) == 0 then
      redis.call('HSET', jobs, name, number .. '${JOB_UNPLACED}')
      unplaced = unplaced + 1
    end
  end
  if unplaced > 0 then redis.call('HSET', run, 'unplaced', unplaced) end
end
`;

/**
 * Takes the task for a run, or records the firing as skipped.
 *
 * KEYS[1] run; ARGV: root, run id, now, task (empty: one-off image), trigger, minimum pause in ms, id of the job, why it is to be
 * skipped (empty: it is not), run of which it retries images (empty: none), which then takes no task.
 * Returns {`started`}, {`resumed`}, {`expanded`} when only its jobs are left, {`ended`} when it is over, or
 * {`skipped`, reason}. Signals `run <id>` or `end <id>`.
 */
export const CLAIM_RUN = script(
  RUN_FUNCTIONS,
  MARK_UNPLACED,
  `
local task, trigger, pauseMs, job, skip = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[8]
local retryOf = ARGV[9]

if redis.call('EXISTS', run) == 1 then
  if redis.call('HEXISTS', run, 'finishedAtMs') == 1 then return {'ended'} end
  if redis.call('HGET', run, 'expanded') == '1' then return {'expanded'} end
  markUnplaced()
  return {'resumed'}
end

redis.call('SET', root .. 'layout', '${LAYOUT}', 'NX')
redis.call('HSET', run, 'trigger', trigger, 'startedAtMs', now)
redis.call('ZADD', root .. 'all-runs', now, runId)
if job ~= '' then redis.call('HSET', run, 'job', job) end

if task ~= '' then
  redis.call('HSET', run, 'task', task)
  redis.call('ZADD', root .. 'tasks', now, task)
end

if retryOf ~= '' then
  redis.call('HSET', run, 'retryOf', retryOf)
elseif task ~= '' then
  local known = redis.call('HMGET', taskKey(task), 'activeRunId', 'lastEndedAtMs', 'startRunId')
  if known[3] == runId then redis.call('HDEL', taskKey(task), 'startRunId') end
  local reason
  if skip ~= '' then reason = skip end
  if not reason and known[1] then
    local other = root .. 'run:' .. known[1]
    -- pcall: what is no run at all keeps no task.
    if redis.call('EXISTS', other) == 1 and redis.pcall('HEXISTS', other, 'finishedAtMs') == 0 then
      reason = 'the task was still running as ' .. known[1]
    end
  end
  local endedAt = tonumber(known[2] or '')
  -- Clocks differ a little; an end that is yet to come was written by one that was wrong.
  if not reason and endedAt and now < endedAt + pauseMs and endedAt <= now + ${CLOCK_SKEW_MS} then
    reason = 'too soon after the last run'
  end
  if reason then
    redis.call('HSET', run, 'expanded', 1)
    redis.call('ZADD', skipsOf(task), now, runId)
    endRun('skipped', reason)
    return {'skipped', reason}
  end
  redis.call('HSET', taskKey(task), 'activeRunId', runId, 'lastRunId', runId)
end

redis.call('ZADD', runsOf(task), now, runId)
redis.call('SADD', root .. 'active-runs', runId)
changed()
return {'started'}
`,
);
