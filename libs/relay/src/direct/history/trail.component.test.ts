import {
  countingProxy,
  digestOf,
  listTags,
  makeImage,
  makeIndex,
  pullEverything,
  pushImage,
  pushIndex,
  startArtifactRegistry,
} from '@regfleet/harness';
import { isAnchorTag, localPlatform, silentLogger, type TrailRule } from '@regfleet/model';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openRelay } from '../../index.ts';
import { type CopyOptions, RelayUnderTest } from '../../relay.fixture.ts';

const DAY_MS = 24 * 3_600_000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const WEEK: TrailRule = { delayMs: 7 * DAY_MS, first: 'hold' };

/** A tag that moves, at a source that keeps nothing but what a tag names. */
async function openScenario() {
  const [source, target] = [await startArtifactRegistry(), await startArtifactRegistry()];
  const relay = new RelayUnderTest(await openRelay('direct', {}, { logger: silentLogger }));
  const versions = new Map<string, number>();
  return {
    source,
    target,
    relay,
    /** What the target names once it was a day's turn, as a version; absent: nothing. */
    async look(day: number, version: number, trail = WEEK): Promise<number | undefined> {
      vi.setSystemTime(START_MS + day * DAY_MS);
      const image = makeImage({ layers: [`version ${version}`] });
      versions.set(image.digest, version);
      await pushImage(source, 'app', 'stable', image);
      source.collectGarbage();
      await relay.copy([source, 'app:stable'], [target, 'app:stable'], { trail });
      target.collectGarbage();
      return versions.get((await digestOf(target, 'app', 'stable')) ?? '');
    },
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await Promise.all([source.stop(), target.stop()]);
    },
  };
}

/** Versions that come, stay, and are taken back within a week. */
function randomHistory(seed: number) {
  const turn = fc.record({ days: fc.integer({ min: 1, max: 3 }), move: fc.integer({ min: 0, max: 9 }) });
  const [firstDay, takenBack] = [new Map<number, number>(), new Set<number>()];
  const versions: number[] = [];
  let [day, newest] = [0, 0];
  const looks = fc.sample(turn, { seed, numRuns: 25 }).map(({ days, move }) => {
    day += days;
    const last = versions.at(-1);
    const isYoung = last !== undefined && day - (firstDay.get(last) ?? 0) < 7;
    if (last === undefined || move < 4) {
      newest += 1;
      versions.push(newest);
      firstDay.set(newest, day);
    } else if (move < 7 && isYoung && versions.length > 1) {
      takenBack.add(last);
      versions.pop();
    }
    return { day, version: versions.at(-1) ?? 0 };
  });
  return { looks, firstDay, takenBack };
}

describe('relay/direct/history: trail', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('names for thirty days what the source named a week before, though neither side keeps what no tag names', async () => {
    await using scenario = await openScenario();
    const named = [];
    for (let day = 0; day < 30; day += 1) named.push(await scenario.look(day, day));
    expect(named).toEqual(Array.from({ length: 30 }, (_, day) => (day < 7 ? undefined : day - 7)));
    await pullEverything(scenario.target, 'app', 'stable');
    const holds = (await listTags(scenario.target, 'app')).filter(isAnchorTag);
    expect(holds.length).toBeLessThanOrEqual(16);
  });

  it('costs one manifest when the time has come', async () => {
    await using scenario = await openScenario();
    await scenario.look(0, 1);
    scenario.target.requests.clear();
    expect(await scenario.look(6, 1)).toBeUndefined();
    expect(scenario.target.requests.summary()).not.toHaveProperty('PUT manifest');
    expect(await scenario.look(7, 1)).toBe(1);
    const asked = scenario.target.requests.summary();
    expect(asked['PUT manifest']).toBe(1);
    expect(Object.keys(asked).filter((kind) => /upload|blob/.test(kind))).toEqual([]);
  });

  it('never names what was taken back, and nothing by a clock that was ahead or goes back', async () => {
    await using scenario = await openScenario();
    const versions = [1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    const named = [];
    for (const [day, version] of versions.entries()) named.push(await scenario.look(day, version));
    expect(new Set(named)).toEqual(new Set([undefined, 1]));
    expect(await scenario.look(19, 3)).toBe(1);
    await expect(scenario.look(3, 3)).rejects.toMatchObject({ code: 'TARGET_CONFLICT', side: 'target' });
    expect(await scenario.look(25, 3)).toBe(1);
    expect(await scenario.look(26, 3)).toBe(3);
  });

  it('keeps to that whatever the source does', async () => {
    await using scenario = await openScenario();
    const { looks, firstDay, takenBack } = randomHistory(1);
    for (const { day, version } of looks) {
      const named = await scenario.look(day, version);
      if (named === undefined) continue;
      expect(day - (firstDay.get(named) ?? day)).toBeGreaterThanOrEqual(7);
      expect(takenBack).not.toContain(named);
    }
  });

  it('leaves a platform as it is that an operator has put there before its time', async () => {
    await using scenario = await openScenario();
    const { os = '', architecture = '' } = localPlatform();
    const { source, target, relay } = scenario;
    const follow = async (day: number, version: string, options: CopyOptions = { trail: WEEK }) => {
      vi.setSystemTime(START_MS + day * DAY_MS);
      const child = makeImage({ layers: [version], platform: { os, architecture } });
      await pushIndex(source, 'index', 'stable', makeIndex([child]));
      await relay.copy([source, 'index:stable'], [target, 'index:stable'], options);
      return (await digestOf(target, 'index', 'stable')) === child.digest;
    };
    await follow(0, 'a');
    expect(await follow(3, 'b')).toBe(false);
    expect(await follow(3, 'b', {})).toBe(true);
    expect(await follow(8, 'b')).toBe(true);
  });

  it('brings again what is due and somebody has deleted, where the source has it', async () => {
    await using scenario = await openScenario();
    const { target } = scenario;
    await scenario.look(0, 1);
    await using proxy = await countingProxy(target);
    proxy.inject({ method: 'HEAD', path: /regfleet\.hold/, status: 404, times: 1 });
    vi.setSystemTime(START_MS + 8 * DAY_MS);
    const { source, relay } = scenario;
    await relay.copy([source, 'app:stable'], [proxy, 'app:stable'], { trail: WEEK });
    expect(await digestOf(target, 'app', 'stable')).toBe(await digestOf(source, 'app', 'stable'));
  });

  it('fails where the target does not list what it has taken: each look would take it for news', async () => {
    await using scenario = await openScenario();
    const { source, target, relay } = scenario;
    await using proxy = await countingProxy(target);
    proxy.inject({ kind: 'tags', status: 404 });
    await pushImage(source, 'app', 'stable', { layers: ['any'] });
    const copied = relay.copy([source, 'app:stable'], [proxy, 'app:stable'], { trail: WEEK });
    await expect(copied).rejects.toMatchObject({ code: 'RESPONSE_INVALID', side: 'target' });
  });

  it('brings the first image of a tag at once where that is wanted', async () => {
    await using scenario = await openScenario();
    const rule: TrailRule = { ...WEEK, first: 'copy' };
    expect(await scenario.look(0, 1, rule)).toBe(1);
    expect(await scenario.look(1, 2, rule)).toBe(1);
    expect(await scenario.look(8, 2, rule)).toBe(2);
  });
});
