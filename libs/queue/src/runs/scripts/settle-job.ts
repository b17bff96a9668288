import { TAKEN_OVER } from '@regfleet/fleet';
import { script } from '../../redis/script.ts';
import { BEHIND_FUNCTIONS } from './behind.ts';
import { RUN_FUNCTIONS } from './end-run.ts';
import { JOB_COUNTED, JOB_FUNCTIONS, JOB_SKIPPED } from './register-jobs.ts';

/**
 * Counts the end of a job, once however often it is reported, and ends the run with its last job. Those of other runs that
 * it settles fail with it, or are counted as skipped: another run has done them. Where that was from another source, their run
 * says so.
 *
 * KEYS[1] run; ARGV: root, run id, now, job name, counter (`copied`, `unchanged` or `failed`), error JSON or empty, what
 * `packImage` writes or empty, bytes sent or empty.
 * Returns 1 when it was counted, 0 when it had been or is not of the run.
 */
export const SETTLE_JOB = script(
  RUN_FUNCTIONS,
  BEHIND_FUNCTIONS,
  JOB_FUNCTIONS,
  `
local followers = followersOf(runId .. '.' .. ARGV[4])

local function isOpen(name)
  return isOpenState(redis.call('HGET', jobs, name))
end

local function count(name, counter)
  local state = redis.call('HGET', jobs, name)
  if not isOpenState(state) then return 0 end
  local isSkipped = counter == 'skipped'
  redis.call('HSET', jobs, name, isSkipped and '${JOB_SKIPPED}' or '${JOB_COUNTED}')
  redis.call('HINCRBY', run, counter, 1)
  if isSkipped then redis.call('HINCRBY', run, 'enqueued', -1) end
  redis.call('HINCRBY', run, 'pending', -1)
  if ARGV[6] ~= '' then addError(ARGV[6]) end
  -- Of another name is one from another source, which is not what has arrived.
  if counter ~= 'failed' and name == ARGV[4] then hasArrived(name) end
  if name == ARGV[4] then noteImage(string.match(state, '^%d*'), counter, ARGV[7]) end
  endIfDone()
  return 1
end

local isOwn = isOpen(ARGV[4])
if isOwn and ARGV[8] ~= '' then redis.call('HINCRBY', run, 'bytesCopied', ARGV[8]) end
local counted = count(ARGV[4], ARGV[5])
for _, follower in ipairs(redis.call('SMEMBERS', followers)) do
  local itsRun, name = splitJob(follower)
  if itsRun then
    enterRun(itsRun)
    if ARGV[5] ~= 'failed' and name ~= ARGV[4] and isOpen(name) then
      redis.call('HSET', run, 'reason', '${TAKEN_OVER}')
    end
    count(name, ARGV[5] == 'failed' and 'failed' or 'skipped')
  end
end
redis.call('DEL', followers)
return counted
`,
);

/**
 * Counts as failed what a run waits for although no job of it is noted as pending: its notes are lost.
 *
 * KEYS[1] run; ARGV: root, run id, now, error JSON. Returns how many were counted.
 */
export const SETTLE_LOST = script(
  RUN_FUNCTIONS,
  JOB_FUNCTIONS,
  `
local pending = tonumber(redis.call('HGET', run, 'pending') or '0') or 0
if pending <= 0 or redis.call('HEXISTS', run, 'finishedAtMs') == 1 then return 0 end
for _, state in ipairs(redis.call('HVALS', jobs)) do
  if isOpenState(state) then return 0 end
end
redis.call('HINCRBY', run, 'failed', pending)
redis.call('HSET', run, 'pending', 0)
addError(ARGV[4])
endIfDone()
return pending
`,
);
