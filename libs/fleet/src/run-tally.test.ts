import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { INTERRUPTED, RunTally } from './run-tally.ts';

const RUN = { id: 'a run', task: 'a task', trigger: 'start' } as const;

const failure = new SyncError('NETWORK_FAILED', { message: 'a failure of the test' });

function ended(work: (tally: RunTally) => void) {
  const tally = new RunTally(RUN);
  work(tally);
  tally.finish();
  return tally.record;
}

describe('fleet/run-tally', () => {
  it('has no outcome while it runs', () => {
    expect(new RunTally(RUN).record).not.toHaveProperty('outcome');
  });

  it('succeeds where nothing failed', () => {
    expect(ended((tally) => tally.add('copied'))).toMatchObject({
      outcome: 'succeeded',
      counts: { copied: 1 },
    });
  });

  it('fails where anything failed, also when it was told to stop', () => {
    const run = ended((tally) => {
      tally.cancel(INTERRUPTED);
      tally.fail(failure);
    });
    expect(run).toMatchObject({ outcome: 'failed', errors: [{ code: 'NETWORK_FAILED' }] });
  });

  it('is cancelled where it was told to stop before anything failed', () => {
    expect(ended((tally) => tally.cancel(INTERRUPTED))).toMatchObject({
      outcome: 'cancelled',
      reason: 'interrupted',
    });
  });

  it('keeps the first hundred errors', () => {
    const run = ended((tally) => {
      for (let count = 0; count < 150; count += 1) tally.fail(failure);
    });
    expect(run.errors).toHaveLength(100);
  });
});
