import { script } from '../../redis/script.ts';
import { FAILURES_KEPT_DAYS, MOST_IMAGES, RUN_KEPT_DAYS, RUNS_WITH_IMAGES } from '../retention.ts';

const DAY_S = 24 * 60 * 60;
const KEPT_S = { all: RUN_KEPT_DAYS * DAY_S, failed: FAILURES_KEPT_DAYS * DAY_S };

/** How an image of a run is marked in its list, by what became of it. */
export const MARKS = { copied: 'c', unchanged: 'u', failed: 'f', skipped: 's' } as const;

/**
 * Lua functions about the two lists of images of a run, the one of those that failed; to be put behind `LUA_KEYS`. An entry is the
 * number of the lane in the run, the mark of the outcome, and what \`packImage\` writes. A list that cannot be written keeps no run
 * from its end.
 *
 * `imagesOf(id)`, `failuresOf(id)`: their keys. `noteImage(number, outcome, text)`. `expireImages(task)` at the end of the run,
 * `fitImages(task, runs)` after that, for a task.
 */
export const IMAGE_FUNCTIONS = `
local function imagesOf(id) return root .. 'run-images:' .. id end
local function failuresOf(id) return root .. 'run-failures:' .. id end
local marks = {${Object.entries(MARKS)
  .map(([outcome, mark]) => `${outcome} = '${mark}'`)
  .join(', ')}}

local function countIn(list)
  local length = redis.pcall('LLEN', list)
  return type(length) == 'number' and length or nil
end

local function noteImage(number, outcome, text)
  local list = outcome == 'failed' and failuresOf(runId) or imagesOf(runId)
  local length = countIn(list)
  if text == '' or not length or length >= ${MOST_IMAGES} then return end
  redis.call('RPUSH', list, number .. marks[outcome] .. text)
  if length == 0 then redis.call('EXPIRE', list, ${KEPT_S.all}) end
end

local function expireImages(task)
  redis.call('EXPIRE', imagesOf(runId), task and ${KEPT_S.all} or ${KEPT_S.failed})
  redis.call('EXPIRE', failuresOf(runId), ${KEPT_S.failed})
end

local function fit(list, room)
  local length = countIn(list) or 0
  if length > room then
    if room <= 0 then redis.call('UNLINK', list) else redis.call('LTRIM', list, -room, -1) end
  end
  return room - length
end

local function fitImages(task, runs)
  local room, roomOfFailures, kept = ${MOST_IMAGES}, ${MOST_IMAGES}, 0
  for _, id in ipairs(redis.call('ZREVRANGE', runsOf(task), 0, runs - 1)) do
    local before = room
    room = fit(imagesOf(id), kept < ${RUNS_WITH_IMAGES} and room or 0)
    if room < before then kept = kept + 1 end
    roomOfFailures = fit(failuresOf(id), roomOfFailures)
  end
end
`;

/**
 * Reads a page of a list.
 *
 * KEYS[1] the list; ARGV: first and last place, the most bytes of an entry. Returns the entries, an empty text for what is longer.
 */
export const READ_PAGE = script(`
local entries = redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[2])
for place, entry in ipairs(entries) do
  if #entry > tonumber(ARGV[3]) then entries[place] = '' end
end
return entries
`);
