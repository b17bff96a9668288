import { script } from '../redis/script.ts';

/** Entries that one call reads: whoever can write to Redis chooses how many there are. */
export const MOST_HOLDS = 1_000;

/** Longer than any hold of ours. */
const MOST_HOLD_TEXT = 16_000;

/**
 * All holds are one hash: `<cause> <scope>` -> JSON with times of Redis' clock, and `epoch` -> the name of the data set, made anew by
 * whoever finds none. Such a script has KEYS[1] = the hash.
 */
const BASE = `
local holds = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local isReplaced = 0
local found = redis.call('TYPE', holds).ok
if found ~= 'hash' and found ~= 'none' then
  redis.call('UNLINK', holds)
  isReplaced = 1
end
`;

// Clocks of processes differ: none is to find a hold gone whose end it has not seen.
const KEPT_PAST_END_MS = 60_000;

/**
 * ARGV: fields that are known, which are found among however many others. Returns {now, whether a key of another type was there, epoch
 * or false, then field and value of each hold}; the value is empty where
 * it is longer than any of ours. What has ended by itself is taken out: nobody lifts it.
 */
export const READ_HOLDS = script(
  BASE,
  `
local answer = {now, isReplaced, redis.call('HGET', holds, 'epoch')}
local function add(field, value)
  answer[#answer + 1] = field
  answer[#answer + 1] = #value <= ${MOST_HOLD_TEXT} and value or ''
end
for _, field in ipairs(ARGV) do
  local value = redis.call('HGET', holds, field)
  if value then add(field, value) end
end
local entries = redis.call('HSCAN', holds, 0, 'COUNT', ${MOST_HOLDS})[2]
for i = 1, math.min(#entries, ${2 * MOST_HOLDS}), 2 do
  local untilMs = tonumber(string.match(entries[i + 1], '^{"sinceMs":%d+,"untilMs":(%d+)') or '')
  if untilMs and untilMs < now - ${KEPT_PAST_END_MS} then
    redis.call('HDEL', holds, entries[i])
  elseif entries[i] ~= 'epoch' then
    add(entries[i], entries[i + 1])
  end
end
return answer
`,
);

/**
 * ARGV: epoch for a data set that has none, channel, its message, whether to keep what is there (`1` or empty), then of each hold its
 * field, its JSON without times, when it began and when it ends, both in milliseconds from now; the end is empty for none.
 */
export const PLACE_HOLDS = script(
  BASE,
  `
redis.call('HSETNX', holds, 'epoch', ARGV[1])
for i = 5, #ARGV, 4 do
  local times = '"sinceMs":' .. string.format('%.0f', now + tonumber(ARGV[i + 2]))
  if ARGV[i + 3] ~= '' then
    times = times .. ',"untilMs":' .. string.format('%.0f', now + tonumber(ARGV[i + 3]))
  end
  local value = '{' .. times .. ',' .. string.sub(ARGV[i + 1], 2)
  redis.call(ARGV[4] == '1' and 'HSETNX' or 'HSET', holds, ARGV[i], value)
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
`,
);

/** ARGV: a field. Returns how many there were of it. */
export const LIFT_HOLD = script(BASE, `return redis.call('HDEL', holds, ARGV[1])`);
