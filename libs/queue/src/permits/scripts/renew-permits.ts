import { script } from '../../redis/script.ts';
import { POOLS } from './pools.ts';

/**
 * Renews the leases of a process. One that is gone, since Redis was emptied or nobody renewed it for too long, is there again where
 * there is room; where its place has gone to others, it is lost.
 *
 * KEYS[1] line; ARGV: root, length of a lease in ms, then of each lease: its id, source pool, its limit, target pool, its limit.
 * Returns {leases that are lost, keys that were replaced}.
 */
export const RENEW_PERMITS = script(
  POOLS,
  `
local leaseMs, lost = tonumber(ARGV[2]), {}
for i = 3, #ARGV, 5 do
  local lease = ARGV[i]
  local pools = poolsOf(ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
  local held, gone = {}, {}
  for _, pool in ipairs(pools) do
    count(pool.name)
    local untilMs = tonumber(redis.call('ZSCORE', poolKey(pool.name), lease) or '')
    local list = untilMs and untilMs > now and held or gone
    list[#list + 1] = pool
  end
  if fit(gone) then
    occupy(gone)
    hold(pools, lease, leaseMs)
  else
    lost[#lost + 1] = lease
    for _, pool in ipairs(held) do
      redis.call('ZREM', poolKey(pool.name), lease)
      counts[pool.name] = math.max(0, counts[pool.name] - 1)
    end
  end
end
return {lost, replaced}
`,
);
