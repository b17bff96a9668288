import { RUN_FUNCTIONS } from './end-run.ts';
import { JOB_COUNTED, JOB_SKIPPED } from './register-jobs.ts';
import { script } from './script.ts';

/**
 * Counts the end of a job, once however often it is reported, and ends the run with its last job.
 *
 * KEYS[1] run; ARGV: root, run id, now, job name, counter (`copied`, `unchanged` or `failed`), error JSON or empty.
 * Returns 1 when it was counted, 0 when it had been or is not of the run.
 */
export const SETTLE_JOB = script(
  RUN_FUNCTIONS,
  `
local state = redis.call('HGET', jobs, ARGV[4])
if not state or state == '${JOB_COUNTED}' or state == '${JOB_SKIPPED}' then return 0 end
redis.call('HSET', jobs, ARGV[4], '${JOB_COUNTED}')
redis.call('HINCRBY', run, ARGV[5], 1)
redis.call('HINCRBY', run, 'pending', -1)
if ARGV[6] ~= '' then addError(ARGV[6]) end
endIfDone()
return 1
`,
);
