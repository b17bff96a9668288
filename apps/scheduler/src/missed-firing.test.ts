import type { WorkerStatus } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { isMissed } from './missed-firing.ts';

const DUE_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;

function process(role: WorkerStatus['role'], startedAtMs: number): WorkerStatus {
  const rest = { host: 'h', pid: 1, relays: [], concurrency: 1, active: 0 };
  return { id: 'id', role, startedAtMs, seenAtMs: startedAtMs, ...rest };
}

const missed = (startedAtMs: number, ...others: WorkerStatus[]): Promise<boolean> =>
  isMissed(DUE_MS, startedAtMs, { list: () => Promise.resolve(others) });

describe('scheduler/missed-firing', () => {
  it('is one that was due while no scheduler ran', async () => {
    expect(await missed(DUE_MS + 2 * MINUTE_MS)).toBe(true);
    expect(await missed(DUE_MS + 2 * MINUTE_MS, process('worker', DUE_MS - MINUTE_MS))).toBe(true);
    expect(await missed(DUE_MS + 2 * MINUTE_MS, process('scheduler', DUE_MS + 3 * MINUTE_MS))).toBe(true);
  });

  it('is none that a scheduler of that time let wait, nor one within a minute of a restart', async () => {
    expect(await missed(DUE_MS - MINUTE_MS)).toBe(false);
    expect(await missed(DUE_MS + MINUTE_MS)).toBe(false);
    expect(await missed(DUE_MS + 2 * MINUTE_MS, process('scheduler', DUE_MS - MINUTE_MS))).toBe(false);
  });
});
