import {
  ERROR_CODES,
  type ErrorCode,
  LONGEST_WAIT_MS,
  type Side,
  SyncError,
  type SyncErrorDetails,
} from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { HandBackError } from './hand-back.ts';
import { DEFERRAL_LIMIT_MS, decideVerdict, type JobContext, type JobFacts, judged } from './verdict.ts';

type Told = JobFacts & Pick<JobContext, 'aborted' | 'troubleOf'>;

const facts: Told = {
  attempt: 1,
  attempts: 3,
  ageMs: 0,
  handedBackMs: 0,
  backoffMs: 100,
  maxBackoffMs: 1_000,
};

const signal = new AbortController().signal;

const decide = (thrown: unknown, { aborted, troubleOf, ...rest }: Told) =>
  decideVerdict(thrown, { facts: rest, signal, aborted, ...(troubleOf && { troubleOf }) }, 0.5);

const failure = (code: ErrorCode, details: Partial<SyncErrorDetails> = {}): SyncError =>
  new SyncError(code, { message: 'a failure of the test', ...details });

const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
const ofKind = (...kinds: string[]) => codes.filter((code) => kinds.includes(ERROR_CODES[code]));
const sides: (Side | undefined)[] = ['source', 'target', undefined];

describe('fleet/verdict', () => {
  it.each(ofKind('config', 'permanent'))('fails %s for good, whatever its side', (code) => {
    for (const side of sides) expect(decide(failure(code, { side }), facts).verdict).toBe('fail');
  });

  it.each(ofKind('retryable'))('retries %s until the attempts are spent', (code) => {
    for (const side of sides) {
      expect(decide(failure(code, { side }), facts)).toMatchObject({ verdict: 'retry', delayMs: 50 });
      expect(decide(failure(code, { side }), { ...facts, attempt: 3 }).verdict).toBe('fail');
    }
  });

  it('counts how long a job was made to wait, and not how long it stood in its lane', () => {
    const limited = failure('RATE_LIMITED', { side: 'target', retryAfterMs: 1_000 });
    const old = { ...facts, attempt: 3, ageMs: 3 * DEFERRAL_LIMIT_MS };
    expect(decide(limited, { ...old, deferredMs: 0 }).verdict).toBe('defer');
    expect(decide(limited, { ...old, deferredMs: DEFERRAL_LIMIT_MS }).verdict).toBe('fail');
  });

  it('defers a job on its last attempt because of the store, not of its image', () => {
    const trouble = failure('REDIS_UNREACHABLE');
    const last = { ...facts, attempt: 3, troubleOf: () => trouble };
    expect(decide(new Error('READONLY'), last)).toMatchObject({
      verdict: 'defer',
      cause: 'store',
      error: trouble,
    });
    expect(decide(new Error('READONLY'), { ...last, ageMs: DEFERRAL_LIMIT_MS })).toEqual({
      verdict: 'fail',
      error: trouble,
    });
  });

  it.each<[Side | undefined, string]>([
    ['source', 'pause-source'],
    ['target', 'defer'],
    [undefined, 'defer'],
  ])('answers a rate limit of the side %s by %s, also on the last attempt', (side, verdict) => {
    const error = failure('RATE_LIMITED', { side, retryAfterMs: 7_000 });
    expect(decide(error, { ...facts, attempt: 3 })).toMatchObject({ verdict, delayMs: 7_000 });
    expect(decide(failure('RATE_LIMITED', { side }), facts)).toMatchObject({
      verdict,
      delayMs: 60_000,
    });
  });

  it('leaves a server alone that says with 503 for how long, and spends no attempt', () => {
    const asking = (retryAfterMs: number | undefined, httpStatus = 503) =>
      failure('SERVER_FAILED', { side: 'source', httpStatus, retryAfterMs });
    const last = { ...facts, attempt: 3 };
    expect(decide(asking(7_000), last)).toMatchObject({ verdict: 'pause-source', delayMs: 7_000 });
    for (const error of [asking(undefined), asking(0), asking(7_000, 500), asking(LONGEST_WAIT_MS + 1)])
      expect(decide(error, last).verdict).toBe('fail');
    expect(decide(asking(7_000), { ...last, ageMs: DEFERRAL_LIMIT_MS }).verdict).toBe('fail');
  });

  it.each([LONGEST_WAIT_MS + 1, 1e25, Number.POSITIVE_INFINITY])(
    'fails a job whose registry asks for %d ms, rather than stop its lane for so long',
    (retryAfterMs) => {
      for (const side of sides)
        expect(decide(failure('RATE_LIMITED', { side, retryAfterMs }), facts).verdict).toBe('fail');
    },
  );

  it('spends attempts on a job that was deferred for a day', () => {
    const old = { ...facts, ageMs: DEFERRAL_LIMIT_MS };
    const error = failure('RATE_LIMITED', { side: 'source', retryAfterMs: 7_000 });
    expect(decide(error, old)).toMatchObject({ verdict: 'retry', delayMs: 7_000 });
    expect(decide(error, { ...old, attempt: 3 }).verdict).toBe('fail');
    expect(decide(new HandBackError(10, 'no'), old)).toMatchObject({
      verdict: 'retry',
      error: { code: 'INTERNAL' },
    });
  });

  it('waits at least as long as a retryable error asks for', () => {
    expect(decide(failure('SERVER_FAILED', { retryAfterMs: 9_000 }), facts)).toMatchObject({
      delayMs: 9_000,
    });
  });

  it('takes anything else for a bug and retries it', () => {
    expect(decide(new TypeError('x'), facts)).toMatchObject({
      verdict: 'retry',
      error: { code: 'INTERNAL' },
    });
    expect(decide('text', facts)).toMatchObject({ verdict: 'retry', error: { code: 'INTERNAL' } });
  });

  it('hands a job back that cannot be taken yet', () => {
    expect(decide(new HandBackError(500, 'unknown task'), facts)).toEqual({
      verdict: 'defer',
      cause: 'taker',
      reason: 'unknown task',
      delayMs: 500,
    });
  });

  it('ends a job that nobody could take for as long as its limit says', () => {
    const limit = { limitMs: 600_000, error: failure('NOT_IN_CONFIG') };
    const refusal = new HandBackError(500, 'not in the config', limit);
    const long = { ...facts, ageMs: 60 * 60_000 };
    expect(decide(refusal, long)).toMatchObject({ verdict: 'defer', delayMs: 500 });
    expect(decide(refusal, { ...long, handedBackMs: 599_999 }).verdict).toBe('defer');
    expect(decide(refusal, { ...long, handedBackMs: 600_000 })).toEqual({
      verdict: 'fail',
      error: limit.error,
    });
    expect(decide(refusal, { ...facts, ageMs: DEFERRAL_LIMIT_MS })).toMatchObject({
      verdict: 'fail',
      error: { code: 'NOT_IN_CONFIG' },
    });
  });

  it.each(['shutdown', 'lock-lost', 'no-room', 'permit-lost'] as const)(
    'hands back after %s, whatever was thrown',
    (aborted) => {
      expect(decide(failure('DENIED'), { ...facts, aborted })).toMatchObject({
        verdict: 'defer',
        delayMs: 0,
      });
    },
  );

  it('drops a job whose run was cancelled', () => {
    expect(decide(failure('DENIED'), { ...facts, aborted: 'cancelled' })).toEqual({ verdict: 'drop' });
  });

  it('judges work by what it came to', async () => {
    expect(await judged({ facts, signal }, async () => 7)).toEqual({ verdict: 'done', result: 7 });
    const error = failure('DENIED');
    const judging = judged({ facts, signal }, () => Promise.reject(error));
    expect(await judging).toEqual({ verdict: 'fail', error });
  });
});
