import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { clients, LimitedFleet } from './limited-fleet.ts';

const PER_SECOND = 50;
const rates = { requestsPerSecond: PER_SECOND };
const bucket = (burst: number) => ({ perSecond: PER_SECOND, burst });

describe('faults/limits of eight processes on one registry', () => {
  it('has next to nothing refused of what uses the rate, and stops all of it within a second when told to', async () => {
    await using fleet = await LimitedFleet.start({ account: bucket(5) });
    await fleet.ask(clients(8, { username: 'ann' }), { rates });
    const counted = await fleet.count(4);
    // Of what a quiet machine uses more: `npm run test:faults` shows that.
    expect(counted.perSecond).toBeGreaterThan(0.7 * PER_SECOND);
    expect(counted.perSecond).toBeLessThan(PER_SECOND);
    expect(counted.refusedShare).toBeLessThan(0.03);
    const { registry } = fleet;
    registry.reset();
    registry.closeFor(3_000, 'seconds');
    await eventually(() => registry.taken > 20, { what: 'requests after the pause' });
    const [first = 0, ...later] = registry.cameAtMs;
    const inPause = later.filter((ms) => ms - first > 1_000 && ms - first < 2_900);
    expect(inPause).toEqual([]);
    const told = await fleet.end();
    expect(told.failures).toEqual([]);
    expect(told.answered).toBeGreaterThan(0);
  });
});
