import { Attempt, decideVerdict } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { failure } from '../queue.fixture.ts';
import { jobContext } from './job-context.ts';

const LAST_TRY = {
  attempt: 3,
  attempts: 3,
  ageMs: 0,
  handedBackMs: 0,
  backoffMs: 100,
  maxBackoffMs: 1_000,
};

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const context = jobContext(new Attempt(), () => LAST_TRY);

describe('queue/jobs/job-context', () => {
  it.each([
    failure('REDIS_UNREACHABLE'),
    reply("READONLY You can't write against a read only replica."),
    reply('EXECABORT Transaction discarded because of previous errors.'),
    reply('NOPERM this user has no permissions'),
    reply("ERR The user executing the script can't run this command or subcommand"),
    new Error('Command aborted due to connection close'),
    failure('REDIS_UNSUITABLE', { cause: reply('NOAUTH Authentication required.') }),
  ])('defers a job on its last attempt because of Redis, not of its image: %s', (error) => {
    expect(decideVerdict(error, context)).toMatchObject({
      verdict: 'defer',
      cause: 'store',
      error: { code: expect.stringMatching(/^REDIS_/) },
    });
  });

  it('fails a job whose key in Redis is of another type: that is no trouble of Redis', () => {
    const error = failure('REDIS_UNSUITABLE', { cause: reply('WRONGTYPE Operation against a key') });
    expect(decideVerdict(error, context).verdict).toBe('fail');
  });

  it('tells the reason of an abort as soon as there is one', () => {
    const attempt = new Attempt();
    const told = jobContext(attempt, () => LAST_TRY);
    attempt.abort('no-room');
    expect(decideVerdict(attempt.signal.reason, told)).toMatchObject({ cause: 'abort', reason: 'no-room' });
  });
});
