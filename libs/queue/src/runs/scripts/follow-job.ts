import { script } from '../../redis/script.ts';
import { RUN_FUNCTIONS } from './end-run.ts';
import { JOB_FUNCTIONS, JOB_SKIPPED } from './register-jobs.ts';

// As ended runs are kept: what a lost job leaves behind goes by itself.
const FOLLOWERS_EXPIRE_S = 30 * 24 * 60 * 60;

/** `follow(set, job)` adds to a set of followers. `isPending(job)`: its run still waits for it. `hasFollowers(job)`: that of another one does. */
const FOLLOWER_FUNCTIONS = `${JOB_FUNCTIONS}
local function follow(set, job)
  redis.call('SADD', set, job)
  redis.call('EXPIRE', set, ${FOLLOWERS_EXPIRE_S})
end

local function isPending(job)
  local itsRun, name = splitJob(job)
  return itsRun and isOpenState(redis.call('HGET', root .. 'run-jobs:' .. itsRun, name))
end

local function hasFollowers(job)
  for _, other in ipairs(redis.call('SMEMBERS', followersOf(job))) do
    if isPending(other) then return true end
  end
  return false
end
`;

/**
 * Says what becomes of jobs that were not queued since another one for their target was: BullMQ keeps the last that comes
 * beside one under way, and the rest are settled by the next job for the target to begin. One from another source than that
 * which waits would be answered by the wrong image, so it is kept as BullMQ keeps one beside a job under way.
 *
 * KEYS[1] run; ARGV: root, run id, now, lane, then per job its name, deduplication id, data and options as BullMQ stores them.
 * Returns per job: \`own\` when its run will see it done, \`left\` when another job settles it, \`again\` when the other one began or
 * ended meanwhile: it is to be added again.
 */
export const FOLLOW_JOBS = script(
  RUN_FUNCTIONS,
  FOLLOWER_FUNCTIONS,
  `
local lane = ARGV[4]

local function keep(target, job, data, opts)
  redis.call('DEL', keptFor(lane, target))
  redis.call('HSET', keptFor(lane, target), 'name', 'copy', 'data', data, 'opts', opts, 'jid', job)
end

local function place(name, target, data, opts)
  local job = runId .. '.' .. name
  if not isPending(job) or redis.call('EXISTS', jobIn(lane, job)) == 1 then return 'own' end
  local holder = redis.call('GET', holderKey(lane, target))
  if not holder or redis.call('EXISTS', jobIn(lane, holder)) == 0 then return 'again' end
  local isActive = redis.call('LPOS', activeIn(lane), holder)
  local kept = redis.call('HGET', keptFor(lane, target), 'jid')
  if isActive and not kept then return 'again' end
  if kept == job then redis.call('HSET', keptFor(lane, target), 'data', data) end
  if not isActive and string.match(holder, '[^.]*$') ~= name then
    keep(target, job, data, opts)
    kept = job
  end
  local number = string.match(redis.call('HGET', jobs, name), '^%d+')
  redis.call('HSET', jobs, name, number .. '/' .. target)
  follow(followersFor(lane, target), job)
  return kept == job and 'own' or 'left'
end

local answers = {}
for i = 5, #ARGV, 4 do
  table.insert(answers, place(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]))
end
return answers
`,
);

/**
 * Notes that a job begins, and which others it settles: all that were asked for until now and have no job of their own to come.
 *
 * KEYS[1] run; ARGV: root, run id, now, job name, lane, deduplication id.
 * Returns {1 when its run does not wait for it any more, else 0; 1 when another run does, else 0}.
 */
export const BEGIN_JOB = script(
  RUN_FUNCTIONS,
  FOLLOWER_FUNCTIONS,
  `
local job, lane, target = runId .. '.' .. ARGV[4], ARGV[5], ARGV[6]
local waiting = followersFor(lane, target)
local others = redis.call('SMEMBERS', waiting)
if #others > 0 then
  local kept = redis.call('HGET', keptFor(lane, target), 'jid')
  for _, other in ipairs(others) do
    if other ~= kept then
      redis.call('SREM', waiting, other)
      if other ~= job and isPending(other) then follow(followersOf(job), other) end
    end
  end
end
local isCancelled = redis.call('HEXISTS', run, 'finishedAtMs') == 1 or redis.call('HGET', jobs, ARGV[4]) == '${JOB_SKIPPED}'
return {isCancelled and 1 or 0, hasFollowers(job) and 1 or 0}
`,
);

/** KEYS[1] run; ARGV: root, run id, now, name of a job that has begun. Returns 1 when another run waits for its end, else 0. */
export const HAS_FOLLOWERS = script(
  RUN_FUNCTIONS,
  FOLLOWER_FUNCTIONS,
  `return hasFollowers(runId .. '.' .. ARGV[4]) and 1 or 0`,
);

/**
 * Which jobs on a lane others need: those that they settle, and those behind which BullMQ keeps one.
 *
 * KEYS[1] run; ARGV: root, run id, now, lane, then job names. Returns per job 1 or 0.
 */
export const NEEDED_JOBS = script(
  RUN_FUNCTIONS,
  `
local lane = ARGV[4]
local answers = {}
for i = 5, #ARGV do
  local job = runId .. '.' .. ARGV[i]
  local target = redis.call('HGET', jobIn(lane, job), 'deid') or ''
  table.insert(answers, math.min(1,
    redis.call('EXISTS', followersOf(job), followersFor(lane, target), keptFor(lane, target))))
end
return answers
`,
);
