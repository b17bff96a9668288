import { SyncError, type SyncErrorDetails } from '@regfleet/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AttemptOptions, withAttempts } from './attempts.ts';
import { RateLimitPauses } from './rate-limit-pauses.ts';

const QUICK = { attempts: 3, backoffMs: 1, maxBackoffMs: 1 };
const SIDES = { source: 'hub.test', target: 'mirror.test' };

const failure = (code: SyncError['code'], details: Partial<SyncErrorDetails> = {}): SyncError =>
  new SyncError(code, { message: 'a failure of the test', ...details });

/** Work that fails with each of `failures`, then succeeds; counts its calls and the waits between them. */
function attempt(failures: readonly unknown[], options: Partial<AttemptOptions> = {}) {
  const left = [...failures];
  const seen = { calls: 0, delays: [] as number[], pauses: [] as (readonly [string, number])[] };
  const pauses = new RateLimitPauses({
    mostInRow: 10,
    onPause: (registry, _error, delayMs) => void seen.pauses.push([registry, delayMs]),
  });
  const ended = withAttempts(
    {
      kind: 'copy',
      sides: SIDES,
      pauses,
      retries: QUICK,
      signal: new AbortController().signal,
      onRetry: (_error, delayMs) => void seen.delays.push(delayMs),
      ...options,
    },
    async () => {
      seen.calls += 1;
      const next = left.shift();
      if (next !== undefined) throw next;
      return 'done';
    },
  );
  return { seen, ended };
}

describe('fleet/waits/attempts', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('tries again after failures that may pass', async () => {
    const { seen, ended } = attempt([failure('NETWORK_FAILED'), failure('NETWORK_FAILED')]);
    expect(await ended).toBe('done');
    expect(seen.calls).toBe(3);
    expect(seen.delays.every((delayMs) => delayMs <= 1)).toBe(true);
  });

  it('gives up with the last failure when no try is left', async () => {
    const last = failure('NETWORK_FAILED', { message: 'the last one' });
    const { seen, ended } = attempt([failure('NETWORK_FAILED'), failure('NETWORK_FAILED'), last]);
    await expect(ended).rejects.toBe(last);
    expect(seen.calls).toBe(3);
  });

  it('does not repeat what repeating cannot help', async () => {
    const { seen, ended } = attempt([failure('MANIFEST_UNKNOWN')]);
    await expect(ended).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' });
    expect(seen).toEqual({ calls: 1, delays: [], pauses: [] });
  });

  it('waits as long as it is told without spending a try', async () => {
    const told = failure('RATE_LIMITED', { retryAfterMs: 2, registry: 'mirror.test' });
    const { seen, ended } = attempt([told, told, told, told, failure('NETWORK_FAILED')]);
    expect(await ended).toBe('done');
    expect(seen.pauses).toEqual([1, 2, 3, 4].map(() => ['mirror.test', 2]));
    expect(seen.delays).toHaveLength(1);
  });

  it('does not wait for ever for a registry that never lets it', async () => {
    const { seen, ended } = attempt(Array<SyncError>(20).fill(failure('RATE_LIMITED', { retryAfterMs: 0 })));
    await expect(ended).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(seen.pauses).toHaveLength(10);
  });

  it('spends tries on a registry that has refused for a day', async () => {
    const now = performance.now.bind(performance);
    let aheadMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
    const endless = new RateLimitPauses({ mostInRow: Number.POSITIVE_INFINITY, onPause: () => undefined });
    const refusal = failure('RATE_LIMITED', { retryAfterMs: 0 });
    const enter = async (): Promise<() => void> => {
      aheadMs += 6 * 3_600_000;
      return () => undefined;
    };
    const retries = { attempts: 3, backoffMs: 0, maxBackoffMs: 0 };
    const refusals = Array<SyncError>(20).fill(refusal);
    const { seen, ended } = attempt(refusals, { pauses: endless, enter, retries });
    await expect(ended).rejects.toBe(refusal);
    // After 6, 12 and 18 hours it is waited for; from 24 hours on each refusal is a failed try.
    expect(seen.calls).toBe(6);
    expect(seen.delays).toHaveLength(2);
  });

  it('waits in the way that it is given', async () => {
    const told: string[] = [];
    const idle = async <Result>(wait: () => Promise<Result>): Promise<Result> => {
      told.push('idle');
      const result = await wait();
      told.push('back');
      return result;
    };
    // Not over yet when it is looked at, however late that is.
    const refusal = failure('RATE_LIMITED', { retryAfterMs: 300 });
    const { ended } = attempt([failure('NETWORK_FAILED'), refusal], { idle });
    expect(await ended).toBe('done');
    expect(told).toEqual(['idle', 'back', 'idle', 'back']);
  });

  it('does not wait for a registry that asks for longer than anybody waits', async () => {
    for (const retryAfterMs of [2 ** 40, Number.POSITIVE_INFINITY]) {
      const { seen, ended } = attempt([failure('RATE_LIMITED', { retryAfterMs })]);
      await expect(ended).rejects.toMatchObject({ code: 'RATE_LIMITED' });
      expect(seen).toEqual({ calls: 1, delays: [], pauses: [] });
    }
  });

  it('holds no room while it waits', async () => {
    const room: string[] = [];
    const enter = async (): Promise<() => void> => {
      room.push('in');
      return () => void room.push('out');
    };
    const onRetry = (): void => void room.push('wait');
    const told = failure('RATE_LIMITED', { retryAfterMs: 1 });
    const { ended } = attempt([failure('NETWORK_FAILED'), told], { enter, onRetry });
    expect(await ended).toBe('done');
    expect(room).toEqual(['in', 'out', 'wait', 'in', 'out', 'in', 'out']);
  });

  it('ends at once when aborted while it waits', async () => {
    const abort = new AbortController();
    const { ended, seen } = attempt([failure('RATE_LIMITED', { retryAfterMs: 3_600_000 })], {
      signal: abort.signal,
    });
    while (seen.pauses.length === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen.calls).toBe(1);
  });

  it('throws the abort reason, not the failure that the abort caused', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const enter = async (): Promise<() => void> => {
      abort.abort(reason);
      return () => undefined;
    };
    const { ended } = attempt([failure('NETWORK_FAILED')], { signal: abort.signal, enter });
    await expect(ended).rejects.toBe(reason);
  });
});
