import { script } from '../../redis/script.ts';
import { BEHIND_FUNCTIONS } from './behind.ts';
import { RUN_FUNCTIONS } from './end-run.ts';
import { TURN_FUNCTIONS } from './turns.ts';

/** State of a job of a run that is counted, or was done by another run; begins with the number of its lane while it is pending. */
export const JOB_COUNTED = 'c';
export const JOB_SKIPPED = 's';
/** Ends the state of a job that an expansion noted and did not come to queue, until it is noted again. */
export const JOB_UNPLACED = '?';

const SETTLED = [JOB_COUNTED, JOB_SKIPPED];

/** The run still waits for a job of that state; scripts ask the same by their function of that name. */
export const isOpenState = (state: string): boolean => !SETTLED.includes(state);

/** `isOpenState(state)`: the run still waits for the job. `splitJob(job)`: the run and the name that a job's id is made of. */
export const JOB_FUNCTIONS = `
local function isOpenState(state)
  return state and ${SETTLED.map((settled) => `state ~= '${settled}'`).join(' and ')}
end

local function splitJob(job)
  return string.match(job, '^(.*)%.([^.]*)$')
end
`;

/**
 * Notes jobs as pending before they are queued, each once however often it is registered. A run numbers its lanes:
 * its fields `lane <name>` hold the number, the fields `lane#<number>` the name.
 *
 * KEYS[1] run; ARGV: root, run id, now, then per job its name, its lane and what `noteLacking` takes.
 * Returns per job: its priority (1 = first) when it is to be queued, 0 when it was counted already, -1
 * when another run has done it or the run is over.
 */
export const REGISTER_JOBS = script(
  RUN_FUNCTIONS,
  BEHIND_FUNCTIONS,
  TURN_FUNCTIONS,
  `
local answers = {}
local numbers = {}
local function laneNumber(lane)
  if not numbers[lane] then
    numbers[lane] = redis.call('HGET', run, 'lane ' .. lane)
  end
  if not numbers[lane] then
    numbers[lane] = redis.call('HINCRBY', run, 'lanes', 1)
    redis.call('HSET', run, 'lane ' .. lane, numbers[lane], 'lane#' .. numbers[lane], lane)
  end
  return numbers[lane]
end
local isOver = redis.call('EXISTS', run) == 0 or redis.call('HEXISTS', run, 'finishedAtMs') == 1
for i = 4, #ARGV, 3 do
  local answer = -1
  if not isOver then
    local state = redis.call('HGET', jobs, ARGV[i])
    if not state then
      redis.call('HSET', jobs, ARGV[i], laneNumber(ARGV[i + 1]))
      redis.call('HINCRBY', run, 'pending', 1)
      answer = priorityOf(ARGV[i + 1], laneNumber(ARGV[i + 1]), redis.call('HINCRBY', run, 'enqueued', 1))
    elseif state == '${JOB_COUNTED}' then
      answer = 0
    elseif state ~= '${JOB_SKIPPED}' then
      if string.sub(state, -1) == '${JOB_UNPLACED}' then
        redis.call('HSET', jobs, ARGV[i], string.match(state, '^%d+'))
      end
      answer = priorityOf(ARGV[i + 1], laneNumber(ARGV[i + 1]), tonumber(redis.call('HGET', run, 'enqueued')))
    end
    if answer > 0 then noteLacking(ARGV[i], ARGV[i + 2], not state) end
  end
  table.insert(answers, answer)
end
keepTurns()
if not isOver then changed() end
return answers
`,
);
