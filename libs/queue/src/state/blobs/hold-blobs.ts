import { script } from '../../redis/script.ts';

/** Characters of a repository's id; a field holds ids one behind the other, the newest first. */
export const REPOSITORY_ID_LENGTH = 6;

const ID_LISTS = `
local function without(held, id)
  local kept = {}
  for at = 1, #held, ${REPOSITORY_ID_LENGTH} do
    local other = string.sub(held, at, at + ${REPOSITORY_ID_LENGTH - 1})
    if other ~= id then kept[#kept + 1] = other end
  end
  return kept
end
`;

/**
 * Notes that a repository holds blobs. A bucket that is full loses another blob, picked at random, for each new one.
 *
 * KEYS[1] names of repositories, KEYS[2...] bucket of each blob; ARGV: time to live in milliseconds, repository id, its
 * name, fields that a bucket may have, ids that a field may have, then the field of each blob. Returns nothing.
 */
export const HOLD_BLOBS = script(
  ID_LISTS,
  `
local ttlMs, id, name = ARGV[1], ARGV[2], ARGV[3]
local maxFields, maxIds = tonumber(ARGV[4]), tonumber(ARGV[5])
local function put(key, field, value)
  redis.call('HSET', key, field, value)
  if redis.call('HLEN', key) == 1 then redis.call('PEXPIRE', key, ttlMs) end
end
put(KEYS[1], id, name)
for i = 2, #KEYS do
  local field = ARGV[i + 4]
  local held = redis.call('HGET', KEYS[i], field)
  if held then
    local others = without(held, id)
    put(KEYS[i], field, id .. table.concat(others, '', 1, math.min(#others, maxIds - 1)))
  else
    if redis.call('HLEN', KEYS[i]) >= maxFields then
      redis.call('HDEL', KEYS[i], redis.call('HRANDFIELD', KEYS[i]))
    end
    put(KEYS[i], field, id)
  end
end
`,
);

/**
 * Notes that a repository lacks blobs.
 *
 * KEYS bucket of each blob; ARGV: repository id, then the field of each blob. Returns nothing.
 */
export const DROP_BLOBS = script(
  ID_LISTS,
  `
for i = 1, #KEYS do
  local field = ARGV[i + 1]
  local held = redis.call('HGET', KEYS[i], field)
  if held then
    local others = without(held, ARGV[1])
    if #others == 0 then redis.call('HDEL', KEYS[i], field)
    else redis.call('HSET', KEYS[i], field, table.concat(others)) end
  end
end
`,
);
