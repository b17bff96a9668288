import { FARTHEST_MS, INCREDIBLE_MS, LONGEST_STRETCH_MS, RATE_AGE_MS } from '@regfleet/fleet';
import { LONGEST_WAIT_MS } from '@regfleet/model';
import { script } from '../redis/script.ts';

/** Pauses that one call reads, and that are kept: whoever can write to Redis chooses how many there are. */
const MOST_PAUSES = 1_000;
/** Rates that are kept, in the same way. */
const MOST_RATES = 1_000;
/** Processes that are counted as those who share a meter. */
const MOST_SHARERS = 1_000;
/** Who has not asked for so long is none who shares it now. */
const SHARES_FOR_MS = 2_000;
/** Who has not asked for so long may be gone. */
const KNOWN_FOR_MS = 60_000;

const BASE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function text(ms) return string.format('%.3f', ms) end

local function ofType(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found ~= wanted and found ~= 'none' then redis.call('UNLINK', key) end
end
`;

/**
 * Reserves a stretch: the rule is \`nextStretch\` of libs/fleet.
 *
 * A meter is two keys that expire: how far its time is taken, in milliseconds of Redis' clock, and a sorted set of the processes that
 * ask for it, by when they asked last. KEYS: both of each meter. ARGV: process, wanted, unit, both in milliseconds. Returns {now, from,
 * until, processes that are known}; no time passes from \`from\` to \`until\` where there is none yet.
 */
export const RESERVE_STRETCH = script(
  BASE,
  `
local process, wanted, unit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local from, sharers, known = now, 1, 1
for i = 1, #KEYS, 2 do
  ofType(KEYS[i], 'string')
  ofType(KEYS[i + 1], 'zset')
  local taken = tonumber(redis.call('GET', KEYS[i]) or '')
  if taken and taken - now <= ${INCREDIBLE_MS} then from = math.max(from, taken) end
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', text(now - ${KNOWN_FOR_MS}))
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '(' .. text(now), '+inf')
  redis.call('ZADD', KEYS[i + 1], text(now), process)
  redis.call('ZREMRANGEBYRANK', KEYS[i + 1], 0, -${MOST_SHARERS + 1})
  redis.call('PEXPIRE', KEYS[i + 1], ${KNOWN_FOR_MS})
  known = math.max(known, redis.call('ZCARD', KEYS[i + 1]))
  sharers = math.max(sharers, redis.call('ZCOUNT', KEYS[i + 1], text(now - ${SHARES_FOR_MS}), '+inf'))
end
if from - now > ${FARTHEST_MS} then
  from = from - ${FARTHEST_MS / 2}
  return {text(now), text(from), text(from), known}
end
local function units(ms) return math.max(1, math.floor(ms / unit + 1e-6)) end
local untilMs = from + math.min(units(wanted), units(${LONGEST_STRETCH_MS} / sharers)) * unit
for i = 1, #KEYS, 2 do
  redis.call('SET', KEYS[i], text(untilMs), 'PX', math.ceil(untilMs - now) + 1000)
end
return {text(now), text(from), text(untilMs), known}
`,
);

/**
 * Pauses are one sorted set: meter -> until when, in milliseconds of Redis' clock; what is over is taken out, what lies further ahead
 * than any pause is none.
 */
const PAUSES = `
local pauses = KEYS[1]
ofType(pauses, 'zset')
redis.call('ZREMRANGEBYSCORE', pauses, '-inf', text(now))
redis.call('ZREMRANGEBYSCORE', pauses, '(' .. text(now + ${2 * LONGEST_WAIT_MS}), '+inf')
`;

/** KEYS[1] pauses; ARGV: meter, for how long in milliseconds, channel. Signals \`pause <milliseconds> <meter>\`. */
export const PAUSE_METER = script(
  BASE,
  PAUSES,
  `
local forMs = tonumber(ARGV[2])
local untilMs = math.max(now + forMs, tonumber(redis.call('ZSCORE', pauses, ARGV[1]) or '0'))
redis.call('ZADD', pauses, text(untilMs), ARGV[1])
redis.call('ZREMRANGEBYRANK', pauses, 0, -${MOST_PAUSES + 1})
local last = redis.call('ZRANGE', pauses, -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', pauses, math.ceil(last[2] - now) + 1000)
redis.call('PUBLISH', ARGV[3], 'pause ' .. math.ceil(untilMs - now) .. ' ' .. ARGV[1])
return 1
`,
);

/** KEYS[1] pauses. Returns {meter, for how many more milliseconds, ...}. */
export const READ_PAUSES = script(
  BASE,
  PAUSES,
  `
local entries = redis.call('ZRANGE', pauses, 0, ${MOST_PAUSES - 1}, 'WITHSCORES')
for i = 2, #entries, 2 do entries[i] = text(entries[i] - now) end
return entries
`,
);

/**
 * KEYS[1] found rates; ARGV: meter, its rate as the process knows it (empty: none), the new one, channel. Of a rate that is another by
 * now nothing is changed. Signals the rate that holds then: `rate <rate> <meter>`.
 */
export const CHANGE_RATE = script(
  BASE,
  `
local rates = KEYS[1]
ofType(rates, 'hash')
local found = redis.call('HGET', rates, ARGV[1]) or ''
local rate = found
if found == '' or found == ARGV[2] then
  rate = ARGV[3]
  if found == '' and redis.call('HLEN', rates) >= ${MOST_RATES} then redis.call('UNLINK', rates) end
  redis.call('HSET', rates, ARGV[1], rate)
  redis.call('PEXPIRE', rates, ${RATE_AGE_MS})
end
redis.call('PUBLISH', ARGV[4], 'rate ' .. rate .. ' ' .. ARGV[1])
return 1
`,
);

/** KEYS[1] found rates. Returns {meter, rate, ...}. */
export const READ_RATES = script(
  BASE,
  `
ofType(KEYS[1], 'hash')
local entries = redis.call('HSCAN', KEYS[1], 0, 'COUNT', ${MOST_RATES})[2]
return {unpack(entries, 1, math.min(#entries, ${2 * MOST_RATES}))}
`,
);
