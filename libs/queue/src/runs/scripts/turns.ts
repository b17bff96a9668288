import { OPERATOR_HEAD_START } from '@regfleet/fleet';
import { MOST_TURNS, SCORE_PER_PRIORITY, USUAL_PRIORITY } from '../../jobs/priority.ts';

// Of two numbers with seven digits.
const MOST_TEXT = 15;

/**
 * `priorityOf(lane, number, position)`: that of the next job of the run on a lane, whose number it has in the run; by the rule of
 * `Turns`. `keepTurns()` writes what was given out.
 *
 * The hash `turns` has of each lane `<turn that is next to be taken> <last one given out>`, a run's field `turn#<number>` its own
 * last. A lane on which no job is left begins anew. pcall: what cannot be read is begun anew, what cannot be written is not.
 */
export const TURN_FUNCTIONS = `
local trigger = redis.call('HGET', run, 'trigger')
local turnsOf = {}

local function isEmpty(lane)
  local base = root .. lane .. ':'
  for _, list in ipairs({'wait', 'paused', 'active'}) do
    if redis.call('LLEN', base .. list) > 0 then return false end
  end
  return redis.call('ZCARD', base .. 'prioritized') + redis.call('ZCARD', base .. 'delayed') == 0
end

local function firstTurn(lane)
  local usual = string.format('%.0f', ${USUAL_PRIORITY * SCORE_PER_PRIORITY})
  local first = redis.call('ZRANGEBYSCORE', root .. lane .. ':prioritized', usual, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local score = tonumber(first[2] or '')
  if not score then return nil end
  return math.min(${MOST_TURNS}, math.floor(score / ${SCORE_PER_PRIORITY}) - ${USUAL_PRIORITY})
end

local function readTurns(lane, number)
  local text = redis.pcall('HGET', root .. 'turns', lane)
  if type(text) ~= 'string' or #text > ${MOST_TEXT} then text = '' end
  local nowTurn, last = string.match(text, '^(%d+) (%d+)$')
  local turns = {number = number, now = tonumber(nowTurn) or 0, last = tonumber(last) or 0}
  turns.own = math.min(turns.last, tonumber(redis.call('HGET', run, 'turn#' .. number) or '') or 0)
  local first = firstTurn(lane)
  if first then turns.now = math.max(turns.now, first)
  elseif isEmpty(lane) then turns.now, turns.last, turns.own = 0, 0, 0
  else turns.now = math.max(turns.now, turns.last) end
  return turns
end

local function priorityOf(lane, number, position)
  if trigger == 'operator' and position <= ${OPERATOR_HEAD_START} then return math.max(1, position) end
  local turns = turnsOf[lane] or readTurns(lane, number)
  turnsOf[lane] = turns
  turns.own = math.min(${MOST_TURNS}, math.max(turns.now, turns.own) + 1)
  turns.last = math.max(turns.last, turns.own)
  return ${USUAL_PRIORITY} + turns.own
end

local function keepTurns()
  for lane, turns in pairs(turnsOf) do
    redis.pcall('HSET', root .. 'turns', lane, string.format('%.0f %.0f', turns.now, turns.last))
    redis.call('HSET', run, 'turn#' .. turns.number, turns.own)
  end
end
`;
