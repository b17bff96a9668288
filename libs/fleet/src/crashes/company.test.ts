import { describe, expect, it } from 'vitest';
import { type CrashNote, recallCrashes } from './company.ts';

describe('fleet/crashes/company', () => {
  it('lets a job run beside others until two processes that held it have crashed', () => {
    expect([0, 1, 2, 3, 50].map((crashes) => recallCrashes(crashes).company)).toEqual([
      'others',
      'others',
      'alone',
      'alone',
      'alone',
    ]);
  });

  it('gives a job up after two crashes of processes that it had for itself, and after no others', () => {
    const begins = (crashes: number, note: CrashNote): CrashNote => ({ ...note, beganAfter: crashes });
    const first = recallCrashes(2);
    const crashed = recallCrashes(3, begins(2, first.note));
    expect(crashed).toEqual({ company: 'alone', note: { alone: 1 } });
    // Its process died while it waited to be alone.
    const waited = recallCrashes(4, crashed.note);
    expect(waited).toEqual(crashed);
    // It was handed back.
    const handedBack = recallCrashes(4, begins(4, waited.note));
    expect(handedBack).toEqual(crashed);
    expect(recallCrashes(5, begins(4, handedBack.note)).company).toBe('none');
  });
});
