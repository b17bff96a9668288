import type { TaskFreshness } from '@regfleet/fleet';
import { type CopyRequest, makeReference, silentLogger } from '@regfleet/model';
import type { DriftState, PlanEntry } from '@regfleet/planner';
import { describe, expect, it } from 'vitest';
import { watchArrivals } from './plan-watch.ts';

const requestOf = (tag: string): CopyRequest => ({
  source: makeReference({ registry: 'a.test', repository: 'app', tag }),
  target: makeReference({ registry: 'b.test', repository: 'app', tag }),
  relay: 'direct',
});

const imageOf = (tag: string, state: DriftState): PlanEntry => ({
  kind: 'image',
  mapping: 'tasks[0].mappings[0]',
  request: requestOf(tag),
  reason: '',
  drift: { state },
  comparedAtMs: 0,
});

/** A task of which these tags are behind, and what it is told has arrived. */
function taskOf(tags: readonly string[]) {
  const told: string[] = [];
  const freshness: TaskFreshness = {
    of: () => Promise.resolve([]),
    behind: () => Promise.resolve({ has: ({ source: { tag = '' } }) => tags.includes(tag) }),
    arrived: async (_, requests) => void told.push(...requests.map(({ source: { tag = '' } }) => tag)),
  };
  return { freshness, told };
}

describe('scheduler/plan-watch', () => {
  it('tells of what was behind and is in sync, and of nothing else', async () => {
    const { freshness, told } = taskOf(['arrived', 'stale', 'unknown']);
    const watch = await watchArrivals('task', freshness, silentLogger);
    for (const [tag, state] of [
      ['arrived', 'in-sync'],
      ['never behind', 'in-sync'],
      ['stale', 'stale'],
      ['unknown', 'unknown'],
    ] as const)
      await watch?.see(imageOf(tag.replace(' ', '-'), state));
    expect(told).toEqual([]);
    await watch?.end(false);
    expect(told).toEqual(['arrived']);
  });

  it('fails no run', async () => {
    const refused = () => Promise.reject(new Error('refused'));
    const { freshness } = taskOf(['arrived']);
    const watch = await watchArrivals('task', { ...freshness, arrived: refused }, silentLogger);
    await watch?.see(imageOf('arrived', 'in-sync'));
    await watch?.end(true);
    expect(await watchArrivals('task', { ...freshness, behind: refused }, silentLogger)).toBeUndefined();
  });
});
