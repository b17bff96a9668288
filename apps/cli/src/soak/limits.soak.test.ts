import { eventually, startConnectProxy } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { clients, LimitedFleet } from '../limits/limited-fleet.fixture.ts';
import type { RetryAfterForm } from '../limits/metered-registry.fixture.ts';

const PER_SECOND = 50;
const SECONDS = 60;
const rates = { requestsPerSecond: PER_SECOND };
const bucket = (burst: number, perSecond = PER_SECOND) => ({ perSecond, burst });

describe('cli/soak of eight processes with a rate', () => {
  it.each([
    { burst: 5, mostRefused: 0 },
    { burst: 1, mostRefused: 0.01 },
  ])('uses it for a minute where a registry takes $burst more at once', async ({ burst, mostRefused }) => {
    await using fleet = await LimitedFleet.start({ account: bucket(burst) });
    await fleet.ask(clients(8, { username: 'ann' }), { rates });
    const { perSecond, refusedShare } = await fleet.count(SECONDS);
    expect({ perSecond, refusedShare }).toSatisfy(() => refusedShare <= mostRefused);
    if (burst > 1) expect(perSecond).toBeGreaterThan(0.85 * PER_SECOND);
    expect((await fleet.end()).failures).toEqual([]);
  });

  it('finds it out where nobody has given it', async () => {
    await using fleet = await LimitedFleet.start({ account: bucket(5) });
    await fleet.ask(clients(8, { username: 'ann' }), { rates: {} });
    await fleet.count(SECONDS / 4);
    const { perSecond, refusedShare } = await fleet.count(SECONDS);
    expect({ perSecond, refusedShare }).toSatisfy(() => refusedShare <= 0.01);
    expect(perSecond).toBeGreaterThan(0.8 * PER_SECOND);
    expect((await fleet.end()).failures).toEqual([]);
  });

  it.each<{
    readonly whose: string;
    readonly usernames: readonly (string | undefined)[];
    readonly perSecond: number;
  }>([
    { whose: 'one account', usernames: ['ann', 'ann'], perSecond: PER_SECOND },
    { whose: 'an account of its own', usernames: ['ann', 'bob'], perSecond: 2 * PER_SECOND },
    { whose: 'no account', usernames: [undefined, undefined], perSecond: 2 * PER_SECOND },
  ])('uses it at two addresses with $whose at each', async ({ usernames, perSecond: most }) => {
    const isOpen = usernames.includes(undefined);
    const counted = isOpen ? { address: bucket(5) } : { account: bucket(5), address: bucket(5) };
    await using fleet = await LimitedFleet.start({ ...counted, tls: true });
    const groups = await Promise.all(
      usernames.map(async (username, at) => {
        const localAddress = `127.0.0.${2 + at}`;
        const proxy = await startConnectProxy({ '*': fleet.registry.host }, { localAddress });
        const own = {
          registry: 'registry.test',
          egress: `egress-${at}`,
          proxy: proxy.url,
          ...(username !== undefined && { username }),
        };
        return { proxy, clients: clients(4, own) };
      }),
    );
    try {
      await fleet.ask(
        groups.flatMap((group) => group.clients),
        { rates },
      );
      const { perSecond, refusedShare } = await fleet.count(SECONDS / 2);
      expect(refusedShare).toBeLessThanOrEqual(0.01);
      expect(perSecond).toBeGreaterThan(0.85 * most);
      expect((await fleet.end()).failures).toEqual([]);
    } finally {
      await Promise.all(groups.map(({ proxy }) => proxy.stop()));
    }
  });

  it.each<{ readonly form: RetryAfterForm; readonly most: number }>([
    { form: 'seconds', most: 0 },
    { form: 'date', most: 0 },
    // Two tries a second of each request that was on its way.
    { form: 'none', most: 3 * 8 * 4 },
  ])('leaves a registry alone that says for how long by $form', async ({ form, most }) => {
    await using fleet = await LimitedFleet.start({ account: bucket(5) });
    await fleet.ask(clients(8, { username: 'ann' }), { rates });
    const { registry } = fleet;
    registry.closeFor(form === 'none' ? 1_500 : 4_000, form);
    await eventually(() => registry.cameAtMs.length > 0, { what: 'a request that is refused' });
    registry.reset();
    await eventually(() => registry.taken > 50, { deadlineMs: 30_000, what: 'requests after the pause' });
    const [first = 0, ...later] = registry.cameAtMs;
    const inPause = later.filter((ms) => ms - first > 1_000 && ms - first < 3_900);
    if (form !== 'none') expect(inPause).toHaveLength(0);
    expect(registry.refused).toBeLessThanOrEqual(Math.max(most, 8 * 4));
    expect((await fleet.end()).failures).toEqual([]);
  });
});
