import { script } from '../redis/script.ts';

// One call holds up Redis for some milliseconds at most; the next sweep goes on.
const MOST_REMOVED = 1_000;

/**
 * Forgets a lane that nobody needs: its name, what BullMQ keeps of its queue, and its ended jobs, which their runs have counted.
 * A run registers its lanes before it queues jobs on them, so none that is about to get a job is lost. One that an operator has
 * paused is kept: it would be served again when its registry comes back.
 *
 * A rate limit is left to expire: the registry may be asked by another lane's name again.
 *
 * KEYS[1] set of lane names, KEYS[2] set of unfinished runs, KEYS[3] sorted set of lanes that are no more; ARGV: root, lane, now.
 * Returns {1 when it is gone, 0 when it has jobs, is paused, a run may give it some, or there is more to remove; 1 when it was
 * there; how many of the jobs that went had failed}.
 */
export const RETIRE_LANE = script(`
local root, lane, now = ARGV[1], ARGV[2], ARGV[3]
local base = root .. lane .. ':'
local kept = {0, 0, 0}
-- pcall: what is no queue at all is not paused.
if redis.pcall('HEXISTS', base .. 'meta', 'paused') == 1 then return kept end
for _, list in ipairs({'wait', 'paused', 'active'}) do
  if redis.call('LLEN', base .. list) > 0 then return kept end
end
for _, set in ipairs({'prioritized', 'delayed', 'waiting-children'}) do
  if redis.call('ZCARD', base .. set) > 0 then return kept end
end
for _, run in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  -- pcall: what is no run at all gives no jobs.
  if redis.pcall('HEXISTS', root .. 'run:' .. run, 'lane ' .. lane) == 1 then return kept end
end
local failed = redis.call('ZCARD', base .. 'failed')
for _, set in ipairs({'completed', 'failed'}) do
  for _, job in ipairs(redis.call('ZRANGE', base .. set, 0, ${MOST_REMOVED - 1})) do
    redis.call('DEL', base .. job, base .. job .. ':logs', base .. job .. ':lock')
    redis.call('ZREM', base .. set, job)
  end
  if redis.call('EXISTS', base .. set) == 1 then return kept end
end
-- pcall: what is no hash has no turns.
redis.pcall('HDEL', root .. 'turns', lane)
local known = redis.call('SREM', KEYS[1], lane)
local found = known
for _, key in ipairs({'meta', 'events', 'id', 'marker', 'pc', 'delay', 'stalled', 'stalled-check'}) do
  found = found + redis.call('DEL', base .. key)
end
if found > 0 then redis.call('ZADD', KEYS[3], now, lane) end
return {1, known, failed}
`);
