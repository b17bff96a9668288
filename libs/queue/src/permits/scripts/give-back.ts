import { script } from '../../redis/script.ts';
import { POOLS } from './pools.ts';

/**
 * Gives up a lease, a place in the line, or both, and tells those who may go now in its stead.
 *
 * KEYS[1] line; ARGV: root, prefix of the waiters of the process that asks, lease (empty: none), waiter (empty: none), source pool,
 * its limit, target pool, its limit. Returns {waiters of this process that may go now, keys that were replaced}. Signals
 * `permit <waiter>` to those of others.
 */
export const GIVE_BACK = script(
  POOLS,
  `
local own, lease, waiter = ARGV[2], ARGV[3], ARGV[4]
local given, mine = {}, {}
for _, pool in ipairs(poolsOf(ARGV[5], ARGV[6], ARGV[7], ARGV[8])) do
  given[pool.name] = true
  count(pool.name)
  if lease ~= '' and redis.call('ZREM', poolKey(pool.name), lease) == 1 then
    counts[pool.name] = math.max(0, counts[pool.name] - 1)
  end
end
if waiter ~= '' then leave(waiter) end
walk(function(id, pools, mayGo)
  if not mayGo then return end
  local isConcerned = false
  for _, pool in ipairs(pools) do isConcerned = isConcerned or given[pool.name] end
  if not isConcerned then return end
  if string.sub(id, 1, #own) == own then mine[#mine + 1] = id
  else redis.call('PUBLISH', root .. 'signals', 'permit ' .. id) end
end)
return {mine, replaced}
`,
);
