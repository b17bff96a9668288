import { describe, expect, it } from 'vitest';
import { Leases } from './leases.ts';

const CLAIM = {
  parts: { relay: 'direct', source: 'a.test', target: 'b.test' },
  limits: { source: 1 },
} as const;

describe('queue/permits/leases', () => {
  function clocked() {
    const clock = { ms: 0 };
    const leases = new Leases(1_000, () => clock.ms);
    return {
      leases,
      /** The process runs for so long. */
      run(ms: number): void {
        for (let passed = 0; passed < ms; passed += 100) {
          clock.ms += 100;
          leases.look();
        }
      },
      stopFor(ms: number): void {
        clock.ms += ms;
      },
      take: (id = 'x') => leases.add(id, CLAIM, clock.ms),
      renew: () => leases.renewed(['x'], clock.ms),
    };
  }

  it('are kept by a process that runs, however long it cannot renew them', () => {
    const { take, run } = clocked();
    const lost = take();
    run(60_000);
    expect(lost?.aborted).toBe(false);
  });

  it('are lost by one that was stopped for longer than they last, at the first look', () => {
    const { leases, take, run, stopFor } = clocked();
    const lost = take();
    run(300);
    stopFor(700);
    leases.look();
    expect(lost?.aborted).toBe(true);
    expect(leases.all).toEqual([]);
  });

  it('are kept where the stop was shorter than what was left of them', () => {
    const { leases, take, run, stopFor, renew } = clocked();
    const lost = take();
    run(800);
    renew();
    stopFor(900);
    leases.look();
    expect(lost?.aborted).toBe(false);
  });

  it('are not had where the answer came when they had ended', () => {
    const { leases, stopFor } = clocked();
    stopFor(1_000);
    expect(leases.add('x', CLAIM, 0)).toBeUndefined();
  });
});
