import { ERROR_CODES, type ErrorCode, LONGEST_WAIT_MS, type Side } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { HandBackError } from './hand-back.ts';
import { type AttemptFacts, DEFERRAL_LIMIT_MS, decideOutcome } from './outcome.ts';
import { failure } from './queue.fixture.ts';

const facts: AttemptFacts = {
  attempt: 1,
  attempts: 3,
  ageMs: 0,
  handedBackMs: 0,
  random: 0.5,
  backoffMs: 100,
  maxBackoffMs: 1_000,
};
const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
const ofKind = (...kinds: string[]) => codes.filter((code) => kinds.includes(ERROR_CODES[code]));
const sides: (Side | undefined)[] = ['source', 'target', undefined];

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

describe('queue/outcome', () => {
  it.each(ofKind('config', 'permanent'))('fails %s for good, whatever its side', (code) => {
    for (const side of sides) expect(decideOutcome(failure(code, { side }), facts).action).toBe('fail');
  });

  it.each(ofKind('retryable').filter((code) => code !== 'REDIS_UNREACHABLE'))(
    'retries %s until the attempts are spent',
    (code) => {
      for (const side of sides) {
        expect(decideOutcome(failure(code, { side }), facts)).toMatchObject({ action: 'retry', delayMs: 50 });
        expect(decideOutcome(failure(code, { side }), { ...facts, attempt: 3 }).action).toBe('fail');
      }
    },
  );

  it.each([
    failure('REDIS_UNREACHABLE'),
    reply("READONLY You can't write against a read only replica."),
    reply('EXECABORT Transaction discarded because of previous errors.'),
    reply('NOPERM this user has no permissions'),
    reply("ERR The user executing the script can't run this command or subcommand"),
    new Error('Command aborted due to connection close'),
    failure('REDIS_UNSUITABLE', { cause: reply('NOAUTH Authentication required.') }),
  ])('hands a job back on its last attempt because of Redis, not of its image: %s', (error) => {
    expect(decideOutcome(error, { ...facts, attempt: 3 })).toMatchObject({
      action: 'hand-back',
      error: { code: expect.stringMatching(/^REDIS_/) },
    });
    expect(decideOutcome(error, { ...facts, attempt: 3, ageMs: DEFERRAL_LIMIT_MS }).action).toBe('fail');
  });

  it('fails a job whose key in Redis is of another type: that is no trouble of Redis', () => {
    const error = failure('REDIS_UNSUITABLE', { cause: reply('WRONGTYPE Operation against a key') });
    expect(decideOutcome(error, facts).action).toBe('fail');
  });

  it.each<[Side | undefined, string]>([
    ['source', 'limit-lane'],
    ['target', 'delay'],
    [undefined, 'delay'],
  ])('answers a rate limit of the side %s by %s, also on the last attempt', (side, action) => {
    const error = failure('RATE_LIMITED', { side, retryAfterMs: 7_000 });
    expect(decideOutcome(error, { ...facts, attempt: 3 })).toMatchObject({ action, delayMs: 7_000 });
    expect(decideOutcome(failure('RATE_LIMITED', { side }), facts)).toMatchObject({
      action,
      delayMs: 60_000,
    });
  });

  it.each([LONGEST_WAIT_MS + 1, 1e25, Number.POSITIVE_INFINITY])(
    'fails a job whose registry asks for %d ms, rather than stop its lane for so long',
    (retryAfterMs) => {
      for (const side of sides)
        expect(decideOutcome(failure('RATE_LIMITED', { side, retryAfterMs }), facts).action).toBe('fail');
    },
  );

  it('spends attempts on a job that was deferred for a day', () => {
    const old = { ...facts, ageMs: DEFERRAL_LIMIT_MS };
    const error = failure('RATE_LIMITED', { side: 'source', retryAfterMs: 7_000 });
    expect(decideOutcome(error, old)).toMatchObject({ action: 'retry', delayMs: 7_000 });
    expect(decideOutcome(error, { ...old, attempt: 3 }).action).toBe('fail');
    expect(decideOutcome(new HandBackError(10, 'no'), old)).toMatchObject({
      action: 'retry',
      error: { code: 'INTERNAL' },
    });
  });

  it('waits at least as long as a retryable error asks for', () => {
    expect(decideOutcome(failure('SERVER_FAILED', { retryAfterMs: 9_000 }), facts)).toMatchObject({
      delayMs: 9_000,
    });
  });

  it('takes anything else for a bug and retries it', () => {
    expect(decideOutcome(new TypeError('x'), facts)).toMatchObject({
      action: 'retry',
      error: { code: 'INTERNAL' },
    });
    expect(decideOutcome('text', facts)).toMatchObject({ action: 'retry', error: { code: 'INTERNAL' } });
  });

  it('hands a job back that cannot be taken yet', () => {
    expect(decideOutcome(new HandBackError(500, 'unknown task'), facts)).toEqual({
      action: 'hand-back',
      reason: 'unknown task',
      delayMs: 500,
    });
  });

  it('ends a job that nobody could take for as long as its limit says', () => {
    const limit = { limitMs: 600_000, error: failure('NOT_IN_CONFIG') };
    const refusal = new HandBackError(500, 'not in the config', limit);
    const long = { ...facts, ageMs: 60 * 60_000 };
    expect(decideOutcome(refusal, long)).toMatchObject({ action: 'hand-back', delayMs: 500 });
    expect(decideOutcome(refusal, { ...long, handedBackMs: 599_999 }).action).toBe('hand-back');
    expect(decideOutcome(refusal, { ...long, handedBackMs: 600_000 })).toEqual({
      action: 'fail',
      error: limit.error,
    });
    expect(decideOutcome(refusal, { ...facts, ageMs: DEFERRAL_LIMIT_MS })).toMatchObject({
      action: 'fail',
      error: { code: 'NOT_IN_CONFIG' },
    });
  });

  it.each(['shutdown', 'lock-lost', 'no-slot'] as const)(
    'hands back after %s, whatever was thrown',
    (aborted) => {
      expect(decideOutcome(failure('DENIED'), { ...facts, aborted })).toMatchObject({
        action: 'hand-back',
        delayMs: 0,
      });
    },
  );

  it('drops a job whose run was cancelled', () => {
    expect(decideOutcome(failure('DENIED'), { ...facts, aborted: 'cancelled' })).toEqual({ action: 'drop' });
  });
});
