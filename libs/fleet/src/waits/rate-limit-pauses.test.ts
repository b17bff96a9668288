import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { RateLimitPauses, type Sides } from './rate-limit-pauses.ts';
import { steadyNowMs } from './sleep.ts';

const HUB: Sides = { source: 'hub.test', target: 'mirror.test' };
const HOUR_MS = 3_600_000;

const told = (details: { retryAfterMs: number; registry?: string; side?: 'target' }): SyncError =>
  new SyncError('RATE_LIMITED', { message: 'a refusal of the test', ...details });

function pausesOf(options: { mostInRow?: number; longestMs?: number } = {}) {
  const told: string[] = [];
  const pauses = new RateLimitPauses({
    mostInRow: 10,
    onPause: (registry) => void told.push(registry),
    ...options,
  });
  return { pauses, told };
}

describe('fleet/waits/rate-limit-pauses', () => {
  it.each([
    ['that the error names', { registry: 'mirror.test' }, 'mirror.test'],
    ['that the error names by another name of Docker Hub', { registry: 'index.docker.io' }, 'docker.io'],
    ['of the side that the error names', { side: 'target' as const }, 'mirror.test'],
    ['that gives, where nobody tells', { registry: 'tokens.test' }, 'hub.test'],
  ])('leaves the registry alone %s', (_, where, registry) => {
    const { pauses, told: paused } = pausesOf();
    const sides = registry === 'docker.io' ? { ...HUB, source: 'docker.io' } : HUB;
    const error = told({ retryAfterMs: HOUR_MS, ...where });
    expect(pauses.begin(error, { sides, kind: 'copy', beganAtMs: steadyNowMs() })).toBe(true);
    expect(paused).toEqual([registry]);
    expect(pauses.areOver({ source: registry })).toBe(false);
    expect(pauses.areOver({ source: 'other.test', target: registry })).toBe(false);
    expect(pauses.areOver({ source: 'other.test' })).toBe(true);
  });

  it('takes refusals of requests that were on their way for one', () => {
    const { pauses, told: paused } = pausesOf({ mostInRow: 1 });
    const work = { sides: HUB, kind: 'plan', beganAtMs: steadyNowMs() } as const;
    for (const retryAfterMs of [1, HOUR_MS, 1]) expect(pauses.begin(told({ retryAfterMs }), work)).toBe(true);
    expect(paused).toEqual(['hub.test']);
    expect(pauses.areOver(HUB)).toBe(false);
  });

  it('gives a registry up that refuses too often in a row, for that kind of work', () => {
    const { pauses } = pausesOf({ mostInRow: 2 });
    const work = { sides: HUB, kind: 'copy', beganAtMs: Number.POSITIVE_INFINITY } as const;
    const begin = (kind: 'plan' | 'copy' = 'copy'): boolean =>
      pauses.begin(told({ retryAfterMs: 1 }), { ...work, kind });
    expect([begin(), begin(), begin()]).toEqual([true, true, false]);
    expect(begin('plan')).toBe(true);
    pauses.taken(HUB, 'plan');
    expect(begin()).toBe(false);
    pauses.taken(HUB, 'copy');
    expect(begin()).toBe(true);
  });

  it('does not wait for longer than it is allowed to', () => {
    const { pauses, told: paused } = pausesOf({ longestMs: 1_000 });
    const work = { sides: HUB, kind: 'plan', beganAtMs: steadyNowMs() } as const;
    expect(pauses.begin(told({ retryAfterMs: 1_001 }), work)).toBe(false);
    expect(paused).toEqual([]);
    expect(pauses.begin(told({ retryAfterMs: 1_000 }), work)).toBe(true);
  });
});
