import { script } from '../redis/script.ts';

/** Notes that are kept: the config of somebody else may name very many registries. */
export const MOST_NOTES = 1_000;

/** Longer than any note of ours. */
const MOST_NOTE_TEXT = 4_000;

const KEPT_MS = 32 * 24 * 60 * 60 * 1000;

/**
 * All notes are one hash: name of a subject -> JSON with times of Redis' clock. Such a script has KEYS[1] = the hash.
 */
const BASE = `
local notes = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call('TYPE', notes).ok
if found ~= 'hash' and found ~= 'none' then redis.call('UNLINK', notes) end
`;

/**
 * ARGV[1]: name. Returns {now, its JSON or false, what tells that JSON from others}; false and an empty string, too, where it is
 * longer than any of ours.
 */
export const READ_NOTE = script(
  BASE,
  `
if redis.call('HSTRLEN', notes, ARGV[1]) > ${MOST_NOTE_TEXT} then return {now, false, ''} end
local stored = redis.call('HGET', notes, ARGV[1])
return {now, stored, stored and redis.sha1hex(stored) or ''}
`,
);

/**
 * ARGV: name, what told the JSON that was read from others, the JSON to take its place. Returns 1; 0 where another stands there by now. Where there
 * are too many, a new one is not kept.
 */
export const WRITE_NOTE = script(
  BASE,
  `
local name, before, after = ARGV[1], ARGV[2], ARGV[3]
local stored = redis.call('HGET', notes, name)
if stored and #stored > ${MOST_NOTE_TEXT} then stored = false end
if (stored and redis.sha1hex(stored) or '') ~= before then return 0 end
if not stored and redis.call('HLEN', notes) >= ${MOST_NOTES} then return 1 end
redis.call('HSET', notes, name, after)
redis.call('PEXPIRE', notes, ${KEPT_MS})
return 1
`,
);

const MOST_LISTED = 100;

/** Returns {now, {name, JSON, ...}} of notes that may be of what fails. A scan of so many sees all that we have ever kept at once. */
export const LIST_FAILING = script(
  BASE,
  `
local listed = {}
local entries = redis.call('HSCAN', notes, '0', 'COUNT', ${2 * MOST_NOTES})[2]
for at = 1, #entries, 2 do
  local text = entries[at + 1]
  local isFailing = #text <= ${MOST_NOTE_TEXT} and string.find(text, '"downSinceMs"', 1, true)
  if isFailing and #listed < ${2 * MOST_LISTED} then
    listed[#listed + 1] = entries[at]
    listed[#listed + 1] = text
  end
end
return {now, listed}
`,
);
