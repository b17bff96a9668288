import { script } from '../redis/script.ts';

// Schedulers of two releases may differ in the time to live.
const MOST_LIVES = 10;

/**
 * Takes or renews leadership.
 *
 * A key that never expires, or late, is that of no leader: it would keep the fleet without one.
 *
 * KEYS[1] leader; ARGV: id, time to live in ms. Returns {1} to the leader, else {0, remaining ms of the leader}.
 */
export const LEAD = script(`
local holder = redis.call('GET', KEYS[1])
local leftMs = redis.call('PTTL', KEYS[1])
local isLed = leftMs >= 0 and leftMs <= ${MOST_LIVES} * tonumber(ARGV[2])
if holder and holder ~= ARGV[1] and isLed then return {0, leftMs} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1}
`);

/** Gives leadership up. KEYS[1] leader; ARGV[1] id. Returns 1 when it was held. */
export const STAND_DOWN = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);
