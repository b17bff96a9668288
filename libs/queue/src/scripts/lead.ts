import { script } from './script.ts';

/**
 * Takes or renews leadership.
 *
 * KEYS[1] leader; ARGV: id, time to live in ms. Returns {1} to the leader, else {0, remaining ms of the leader}.
 */
export const LEAD = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[1])} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1}
`);

/** Gives leadership up. KEYS[1] leader; ARGV[1] id. Returns 1 when it was held. */
export const STAND_DOWN = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);
