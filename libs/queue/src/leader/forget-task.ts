import { script } from '../redis/script.ts';

/**
 * Forgets a task that left the config, unless it was used since.
 *
 * KEYS[1] sorted set of tasks, KEYS[2] fired one-off tasks; ARGV: root, now, epoch milliseconds from which on a use counts, task.
 * Returns 1 when it is gone, 0 when it was used since, has a run under way, or was gone before.
 */
export const FORGET_TASK = script(`
local root, now, since, task = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local usedAt = tonumber(redis.call('ZSCORE', KEYS[1], task) or '')
if not usedAt then return 0 end

local function field(name)
  -- pcall: what is no task at all was never used.
  local value = redis.pcall('HGET', root .. 'task:' .. task, name)
  return type(value) == 'string' and value or ''
end

local run = root .. 'run:' .. field('activeRunId')
if redis.call('EXISTS', run) == 1 and redis.pcall('HEXISTS', run, 'finishedAtMs') == 0 then usedAt = now end
usedAt = math.max(usedAt, tonumber(field('lastEndedAtMs')) or 0)
if usedAt >= since then
  redis.call('ZADD', KEYS[1], usedAt, task)
  return 0
end
redis.call('DEL', root .. 'task:' .. task, root .. 'behind:' .. task, root .. 'behind-missed:' .. task, root .. 'source-notes:' .. task, root .. 'source-tags:' .. task, root .. 'runs-of:' .. task, root .. 'skips-of:' .. task)
redis.call('HDEL', KEYS[2], task)
redis.call('ZREM', KEYS[1], task)
return 1
`);
