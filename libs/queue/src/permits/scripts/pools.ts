import { RESERVES_AFTER_MS } from '@regfleet/fleet';

/** The longest lease that is believed, in milliseconds: twice what `--lock` allows. Whatever lies further ahead was written by no process of ours. */
const LONGEST_MS = 2 * 60 * 60_000;
/** Entries that one call looks at, or takes away, in one place: whoever can write to Redis chooses how many there are. */
const MOST = 1_000;
/** Longer than what a release writes of a waiter: two hosts and some numbers. */
const MOST_TEXT = 700;

/** Ends the id of a waiter that is urgent; no name of a lane does. */
export const URGENT_MARK = '!';
/** By how much an urgent waiter stands before the others, in milliseconds: it has waited for long from the beginning, so that room is kept for it. */
const AHEAD_MS = 24 * 60 * 60_000;

/** A pool without a limit is not counted: what a script is given of one is this. */
export const NO_LIMIT = 0;

/**
 * What the scripts of permits share.
 *
 * A pool is a sorted set: lease -> when it ends, in milliseconds of Redis' clock. A waiter is a member of the line, scored by when
 * it came, of an urgent one a day before that, and a key that expires: `<when it has asked no more> <pool> <limit> <pool> <limit>`. Each such script has KEYS[1] = the
 * line (it routes the script) and ARGV[1] = root; `replaced` are the keys that it found to be of another type, and deleted: leases
 * and waiters come back by themselves. No name of a pool contains a blank.
 */
export const POOLS = `
local line, root = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function at(ms) return string.format('%.3f', ms) end

local replaced = {}
local function ofType(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found == wanted or found == 'none' then return end
  redis.call('UNLINK', key)
  replaced[#replaced + 1] = key
end

local function expire(key, ms)
  local leftMs = redis.call('PTTL', key)
  if leftMs > ${LONGEST_MS} then redis.call('PEXPIRE', key, ${LONGEST_MS})
  elseif leftMs < ms then redis.call('PEXPIRE', key, ms) end
end

local function poolKey(pool) return root .. 'permits:' .. pool end
local function waiterKey(id) return root .. 'permit-waiter:' .. id end

local counts = {}
local function count(pool)
  if counts[pool] then return counts[pool] end
  local key = poolKey(pool)
  ofType(key, 'zset')
  local last = at(now + ${LONGEST_MS})
  for _, range in ipairs({{'-inf', at(now)}, {'(' .. last, '+inf'}}) do
    local gone = redis.call('ZRANGEBYSCORE', key, range[1], range[2], 'LIMIT', 0, ${MOST})
    if #gone > 0 then redis.call('ZREM', key, unpack(gone)) end
  end
  counts[pool] = redis.call('ZCOUNT', key, '(' .. at(now), last)
  return counts[pool]
end

-- Of what the limits of a copy name: the pools that are counted.
local function poolsOf(source, sourceLimit, target, targetLimit)
  local pools = {}
  if tonumber(sourceLimit) > ${NO_LIMIT} then pools[1] = {name = source, limit = tonumber(sourceLimit)} end
  if tonumber(targetLimit) > ${NO_LIMIT} then pools[#pools + 1] = {name = target, limit = tonumber(targetLimit)} end
  return pools
end
local function hasRoom(pool) return count(pool.name) < pool.limit end
local function fit(pools)
  for _, pool in ipairs(pools) do if not hasRoom(pool) then return false end end
  return true
end
local function occupy(pools)
  for _, pool in ipairs(pools) do counts[pool.name] = count(pool.name) + 1 end
end
local function hold(pools, lease, leaseMs)
  for _, pool in ipairs(pools) do
    redis.call('ZADD', poolKey(pool.name), at(now + leaseMs), lease)
    expire(poolKey(pool.name), leaseMs)
  end
end

local function readWaiter(text)
  if not text or #text > ${MOST_TEXT} then return nil end
  local untilMs, source, sourceLimit, target, targetLimit = string.match(text, '^(%d+) (%S+) (%d+) (%S+) (%d+)$')
  untilMs = tonumber(untilMs)
  if not untilMs or untilMs <= now or untilMs > now + ${LONGEST_MS} then return nil end
  return poolsOf(source, sourceLimit, target, targetLimit)
end
local function join(id, waitMs, source, sourceLimit, target, targetLimit)
  ofType(line, 'zset')
  local isUrgent = string.sub(id, -1) == '${URGENT_MARK}'
  redis.call('ZADD', line, 'NX', at(isUrgent and now - ${AHEAD_MS} or now), id)
  expire(line, tonumber(waitMs))
  local untilMs = string.format('%.0f', now + waitMs)
  local text = table.concat({untilMs, source, sourceLimit, target, targetLimit}, ' ')
  redis.call('SET', waiterKey(id), text, 'PX', waitMs)
end
local function leave(id)
  ofType(line, 'zset')
  redis.call('ZREM', line, id)
  redis.call('UNLINK', waiterKey(id))
end

-- Calls visit(id, pools, mayGo) for each waiter in its turn, until that returns true. Whoever may go has its room reserved then;
-- whom one pool lets not pass keeps nobody from another, unless that has been so for long. The dead leave.
local function walk(visit)
  ofType(line, 'zset')
  local entries = redis.call('ZRANGE', line, 0, ${MOST - 1}, 'WITHSCORES')
  if #entries == 0 then return end
  local keys, dead = {}, {}
  for i = 1, #entries, 2 do keys[#keys + 1] = waiterKey(entries[i]) end
  local texts = redis.call('MGET', unpack(keys))
  for i, text in ipairs(texts) do
    local id, sinceMs = entries[2 * i - 1], tonumber(entries[2 * i])
    local pools = readWaiter(text)
    if not pools then
      dead[#dead + 1] = id
    else
      local mayGo = fit(pools)
      if visit(id, pools, mayGo) then break end
      if mayGo then
        occupy(pools)
      elseif now - sinceMs > ${RESERVES_AFTER_MS} then
        for _, pool in ipairs(pools) do if hasRoom(pool) then occupy({pool}) end end
      end
    end
  end
  if #dead > 0 then redis.call('ZREM', line, unpack(dead)) end
end
`;
