import { sendsNothingAfter } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { type AbortReason, Attempt } from './attempt.ts';

describe('fleet/attempt', () => {
  it.each<[AbortReason, boolean]>([
    ['permit-lost', true],
    ['cancelled', false],
    ['lock-lost', false],
    ['shutdown', false],
  ])('that ends as %s: nothing more may be sent for it: %s', (reason, isSilenced) => {
    const attempt = new Attempt();
    expect(sendsNothingAfter(attempt.signal)).toBe(false);
    attempt.abort(reason);
    expect(attempt.reason).toBe(reason);
    expect(sendsNothingAfter(attempt.signal)).toBe(isSilenced);
  });
});
