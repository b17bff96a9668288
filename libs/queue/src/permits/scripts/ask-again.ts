import { script } from '../../redis/script.ts';
import { POOLS } from './pools.ts';

/**
 * Says for the waiters of a process that they wait on, each in its place.
 *
 * KEYS[1] line; ARGV: root, for how long they wait in ms, then of each waiter: its id, source pool, its limit, target pool, its limit.
 * Returns {those of them that may go now, keys that were replaced}.
 */
export const ASK_AGAIN = script(
  POOLS,
  `
local asking, may = {}, {}
for i = 3, #ARGV, 5 do
  asking[ARGV[i]] = true
  join(ARGV[i], tonumber(ARGV[2]), ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
end
walk(function(id, _, mayGo)
  if mayGo and asking[id] then may[#may + 1] = id end
end)
return {may, replaced}
`,
);
