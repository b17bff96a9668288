import { script } from '../../redis/script.ts';
import { POOLS } from './pools.ts';

/**
 * Takes a place in both pools of a copy, or in none; then the waiter has its place in the line, from when it first asked.
 *
 * KEYS[1] line; ARGV: root, waiter, for how long it waits in ms, lease, its length in ms, source pool, its limit, target pool, its
 * limit. Returns {1 when it was granted, keys that were replaced}.
 */
export const TAKE_PERMIT = script(
  POOLS,
  `
local id, waitMs, lease, leaseMs = ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local pools = poolsOf(ARGV[6], ARGV[7], ARGV[8], ARGV[9])
walk(function(other) return other == id end)
if fit(pools) then
  hold(pools, lease, leaseMs)
  leave(id)
  return {1, replaced}
end
join(id, waitMs, ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return {0, replaced}
`,
);
