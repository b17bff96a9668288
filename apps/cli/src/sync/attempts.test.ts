import { SyncError, type SyncErrorDetails } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { withAttempts } from './attempts.ts';

const QUICK = { attempts: 3, backoffMs: 1, maxBackoffMs: 1 };

const failure = (code: SyncError['code'], details: Partial<SyncErrorDetails> = {}): SyncError =>
  new SyncError(code, { message: 'a failure of the test', ...details });

/** Work that fails with each of `failures`, then succeeds; counts its calls and the waits between them. */
function attempt(failures: readonly unknown[], signal = new AbortController().signal) {
  const left = [...failures];
  const seen = { calls: 0, delays: [] as number[] };
  const onRetry = (_error: SyncError, delayMs: number): void => void seen.delays.push(delayMs);
  const ended = withAttempts(QUICK, { signal, onRetry }, async () => {
    seen.calls += 1;
    const next = left.shift();
    if (next !== undefined) throw next;
    return 'done';
  });
  return { seen, ended };
}

describe('cli/sync/attempts', () => {
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
    expect(seen).toEqual({ calls: 1, delays: [] });
  });

  it('waits as long as it is told without spending a try', async () => {
    const told = failure('RATE_LIMITED', { retryAfterMs: 2 });
    const { seen, ended } = attempt([told, told, told, told, failure('NETWORK_FAILED')]);
    expect(await ended).toBe('done');
    expect(seen.delays.slice(0, 4)).toEqual([2, 2, 2, 2]);
  });

  it('does not wait for ever for a registry that never lets it', async () => {
    const { seen, ended } = attempt(Array<SyncError>(20).fill(failure('RATE_LIMITED', { retryAfterMs: 0 })));
    await expect(ended).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(seen.delays).toHaveLength(10);
  });

  it('ends at once when aborted while it waits', async () => {
    const abort = new AbortController();
    const { ended, seen } = attempt([failure('RATE_LIMITED', { retryAfterMs: 3_600_000 })], abort.signal);
    while (seen.delays.length === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen.calls).toBe(1);
  });

  it('throws the abort reason, not the failure that the abort caused', async () => {
    const reason = new Error('enough');
    const { ended } = attempt([failure('NETWORK_FAILED')], AbortSignal.abort(reason));
    await expect(ended).rejects.toBe(reason);
  });
});
