import { type LaneParts, laneName } from '@regfleet/fleet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PermitPools } from './local-permits.ts';

const lane = (source: string, target: string, relay: LaneParts['relay'] = 'direct'): LaneParts => ({
  relay,
  source,
  target,
});
const never = new AbortController().signal;

describe('local/copies/local-permits', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('counts the copies of a registry and side, whatever the relay', async () => {
    const permits = new PermitPools().view();
    const first = await permits.take(lane('hub', 'a'), { source: 1 });
    expect(await permits.take(lane('hub', 'b', 'skopeo'), { source: 1 })).toBeUndefined();
    expect(await permits.take(lane('other', 'hub'), { target: 1 })).toBeDefined();
    first?.release();
    first?.release();
    await permits.announced(lane('hub', 'b', 'skopeo'), never);
    expect(await permits.take(lane('hub', 'b', 'skopeo'), { source: 1 })).toBeDefined();
    expect(await permits.take(lane('hub', 'c'), { source: 1 })).toBeUndefined();
  });

  it('takes one of each side within one registry', async () => {
    const permits = new PermitPools().view();
    const limits = { source: 1, target: 1 };
    await permits.take(lane('hub', 'hub'), limits);
    expect(await permits.take(lane('hub', 'other'), limits)).toBeUndefined();
    expect(await permits.take(lane('other', 'hub'), limits)).toBeUndefined();
  });

  it('serves urgent ones first, and keeps room of either side for them', async () => {
    const permits = new PermitPools().view();
    const limits = { source: 1, target: 1 };
    const held = await permits.take(lane('hub', 'full'), limits);
    expect(await permits.take(lane('hub', 'a'), limits)).toBeUndefined();
    expect(await permits.take(lane('hub', 'b'), limits, 'urgent')).toBeUndefined();
    expect(await permits.take(lane('other', 'b'), limits)).toBeUndefined();
    held?.release();
    await permits.announced(lane('hub', 'b'), never, 'urgent');
    expect(await permits.take(lane('hub', 'a'), limits)).toBeUndefined();
    expect(await permits.take(lane('hub', 'b'), limits, 'urgent')).toBeDefined();
  });

  it('serves those who came first, but for those whom the other side keeps', async () => {
    const permits = new PermitPools().view();
    const held = await permits.take(lane('hub', 'a'), { source: 2 });
    const full = await permits.take(lane('other', 'full'), { target: 1 });
    const limits = { source: 2, target: 1 };
    expect(await permits.take(lane('hub', 'full'), limits)).toBeUndefined();
    expect(await permits.take(lane('hub', 'b'), limits)).toBeDefined();
    full?.release();
    held?.release();
    await permits.announced(lane('hub', 'full'), never);
    expect(await permits.take(lane('hub', 'c'), limits)).toBeUndefined();
    expect(await permits.take(lane('hub', 'full'), limits)).toBeDefined();
  });

  it('keeps a place for who has waited for half a minute', async () => {
    vi.useFakeTimers();
    const permits = new PermitPools().view();
    await permits.take(lane('other', 'full'), { target: 1 });
    const limits = { source: 1, target: 1 };
    expect(await permits.take(lane('hub', 'full'), limits)).toBeUndefined();
    const passing = await permits.take(lane('hub', 'free'), limits);
    passing?.release();
    vi.advanceTimersByTime(30_000);
    expect(await permits.take(lane('hub', 'free'), limits)).toBeUndefined();
  });

  it('gives the place of who leaves the line to the next', async () => {
    const pools = new PermitPools();
    const [one, other] = [pools.view(), pools.view()];
    const held = await one.take(lane('hub', 'a'), { source: 1 });
    await one.take(lane('hub', 'a'), { source: 1 });
    await other.take(lane('hub', 'a'), { source: 1 });
    held?.release();
    expect(await other.take(lane('hub', 'a'), { source: 1 })).toBeUndefined();
    one.leave(laneName(lane('hub', 'a')));
    await other.announced(lane('hub', 'a'), never);
    expect(await other.take(lane('hub', 'a'), { source: 1 })).toBeDefined();
  });
});
