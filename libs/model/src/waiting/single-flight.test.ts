import { describe, expect, it } from 'vitest';
import { SingleFlight } from './single-flight.ts';

/** A flight whose end the test decides. */
function scenario() {
  const runs: { signal: AbortSignal; end: (value: string) => void }[] = [];
  const flight = new SingleFlight<string>(
    (signal) =>
      new Promise((resolve) => {
        runs.push({ signal, end: resolve });
      }),
  );
  return { flight, runs };
}

describe('model/waiting/single-flight', () => {
  it('lets one caller leave while the others get the answer', async () => {
    const { flight, runs } = scenario();
    const leaving = new AbortController();
    const left = flight.run(leaving.signal);
    const stayed = flight.run();
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(runs[0]?.signal.aborted).toBe(false);
    runs[0]?.end('answer');
    await expect(stayed).resolves.toBe('answer');
  });

  it('aborts the work when nobody waits any more, and starts anew for the next', async () => {
    const { flight, runs } = scenario();
    const leaving = new AbortController();
    const left = flight.run(leaving.signal);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(runs[0]?.signal.aborted).toBe(true);
    const next = flight.run();
    runs[1]?.end('second');
    await expect(next).resolves.toBe('second');
  });

  it('starts nothing for a caller that has left already', async () => {
    const { flight, runs } = scenario();
    await expect(flight.run(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(runs).toHaveLength(0);
  });
});
