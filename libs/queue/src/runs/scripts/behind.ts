// As long as notes of a source are kept that nobody comes upon.
const MISSED_KEPT_MS = 30 * 24 * 60 * 60_000;

/**
 * Lua functions that keep, for the task of a run, which of its images are behind, by the name that their job has in every run; to be
 * put behind `RUN_FUNCTIONS`.
 *
 * `noteLacking(name, lacking, isFirst)` notes since when an image is behind (`yes`), that it may be (`unknown`), or that there is nothing to be
 * behind of (`gone`); empty: nothing is known. An image that was behind stays so since then whatever the source has meanwhile: what is
 * waited for is the first digest that has not arrived. `hasArrived(name)`: it is behind no more. `compared(isComplete)` ends the
 * comparison of a run: where it was complete, what it did not queue is in sync, or none of the task; where it was not, that is so of what none
 * has queued for 30 days, since there may be no complete one ever. pcall: what others wrote there
 * must not keep a run from its work.
 */
export const BEHIND_FUNCTIONS = `
local function comparedTask()
  return redis.call('HGET', run, 'task')
end

local function noteLacking(name, lacking, isFirst)
  local task = lacking ~= '' and comparedTask()
  if not task then return end
  local behind = behindOf(task)
  if lacking == 'gone' then
    redis.pcall('ZREM', behind, name)
    if isFirst then redis.call('HINCRBY', run, 'gone', 1) end
    return
  end
  local found = redis.pcall('ZSCORE', behind, name)
  local since = type(found) == 'string' and tonumber(found) or math.huge
  if lacking == 'yes' and since > now then
    redis.pcall('ZADD', behind, now, name)
  elseif type(found) ~= 'string' then
    redis.pcall('ZADD', behind, '+inf', name)
  end
end

local function hasArrived(name)
  local task = comparedTask()
  if task then redis.pcall('ZREM', behindOf(task), name) end
end

local function dropMissed(task)
  local behind, missed = behindOf(task), missedOf(task)
  local known = redis.pcall('HGETALL', missed)
  local since = {}
  for i = 1, #known, 2 do since[known[i]] = tonumber(known[i + 1]) end
  redis.call('DEL', missed)
  for _, name in ipairs(redis.pcall('ZRANGE', behind, 0, -1)) do
    if redis.call('HEXISTS', jobs, name) == 0 then
      if since[name] and now - since[name] > ${MISSED_KEPT_MS} then
        redis.pcall('ZREM', behind, name)
      else
        redis.call('HSET', missed, name, since[name] or now)
      end
    end
  end
end

local function compared(isComplete)
  local task = comparedTask()
  if not task or redis.call('HEXISTS', run, 'retryOf') == 1 then return end
  if not isComplete then
    redis.pcall('HSET', taskKey(task), 'incomplete', 1)
    dropMissed(task)
    return
  end
  local behind = behindOf(task)
  for _, name in ipairs(redis.pcall('ZRANGE', behind, 0, -1)) do
    if redis.call('HEXISTS', jobs, name) == 0 then redis.pcall('ZREM', behind, name) end
  end
  redis.call('DEL', missedOf(task))
  local counts = redis.call('HMGET', run, 'selected', 'gone')
  local images = (tonumber(counts[1] or '') or 0) - (tonumber(counts[2] or '') or 0)
  redis.pcall('HSET', taskKey(task), 'comparedAtMs', now, 'images', math.max(0, images))
  redis.pcall('HDEL', taskKey(task), 'incomplete')
end
`;
