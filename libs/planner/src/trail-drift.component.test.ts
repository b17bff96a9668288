import {
  digestOf,
  makeImage,
  makeIndex,
  pushImage,
  pushIndex,
  startArtifactRegistry,
} from '@regfleet/harness';
import { formatAnchor, localPlatform, parseDigest, silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { planWith, recordsOf, taskOf } from './plan.fixture.ts';

const DAY_MS = 24 * 3_600_000;
const image = (version: number) => makeImage({ layers: [`version ${version}`] });

async function openScenario() {
  const [source, target] = [await startArtifactRegistry(), await startArtifactRegistry()];
  const registries = createRegistries({ logger: silentLogger, env: {} });
  return {
    source,
    target,
    /** How each tag stands, as `plan` would tell it. */
    async plan(mapping = '{from: app, platform: all, trail: 7d}') {
      const hosts = { source: source.host, target: target.host };
      const entries = await planWith(registries, taskOf(`[${mapping}]`, hosts), recordsOf(), {});
      return entries.flatMap((entry) => {
        if (entry.kind === 'dropped') return [['left-out', entry.reason]];
        return entry.kind === 'image' ? [[entry.drift.state, entry.reason]] : [];
      });
    },
    /** Has the target hold an image that the source named so long ago. */
    async hold(version: number, daysAgo: number): Promise<string> {
      const atMs = Date.now() - daysAgo * DAY_MS;
      const made = image(version);
      await pushImage(
        target,
        'app',
        formatAnchor({ kind: 'hold', tag: 'v1', atMs, digest: made.digest }),
        made,
      );
      return new Date(atMs + 7 * DAY_MS).toISOString();
    },
    async [Symbol.asyncDispose]() {
      await registries.close();
      await Promise.all([source.stop(), target.stop()]);
    },
  };
}

describe('planner/trail-drift', () => {
  it('has what the source has brought at once, and says until when it waits', async () => {
    await using scenario = await openScenario();
    const { source, target } = scenario;
    await pushImage(source, 'app', 'v1', image(1));
    expect(await scenario.plan()).toEqual([
      ['missing', expect.stringContaining('the source, which has news')],
    ]);
    const until = await scenario.hold(1, 2);
    expect(await scenario.plan()).toEqual([['left-out', expect.stringContaining(`follows on ${until}`)]]);
    await pushImage(target, 'app', 'v1', image(0));
    expect(await scenario.plan()).toEqual([['in-sync', expect.stringContaining(`follows on ${until}`)]]);
  });

  it('has a tag that is due written, and tells one that is not by a HEAD a side and one list', async () => {
    await using scenario = await openScenario();
    const { source, target } = scenario;
    for (const [version, daysAgo] of [
      [1, 9],
      [2, 8],
      [3, 1],
    ] as const)
      await scenario.hold(version, daysAgo);
    await pushImage(source, 'app', 'v1', image(3));
    await pushImage(target, 'app', 'v1', image(1));
    const due = image(2).digest.slice('sha256:'.length).slice(0, 32);
    expect(await scenario.plan()).toEqual([['stale', expect.stringContaining(due)]]);
    await pushImage(target, 'app', 'v1', image(2));
    target.requests.clear();
    expect(await scenario.plan()).toEqual([['in-sync', expect.stringContaining('something younger')]]);
    expect(target.requests.summary()).toEqual({ 'HEAD manifest': 1, 'GET tags': 1 });
  });

  it('knows what was copied of an index by what is held for it', async () => {
    await using scenario = await openScenario();
    const { source, target } = scenario;
    const { os = '', architecture = '' } = localPlatform();
    const child = makeImage({ layers: ['one'], platform: { os, architecture } });
    await pushIndex(source, 'app', 'v1', makeIndex([child]));
    const digest = parseDigest((await digestOf(source, 'app', 'v1')) ?? '');
    await pushImage(target, 'app', formatAnchor({ kind: 'hold', tag: 'v1', atMs: 0, digest }), child);
    expect(await scenario.plan('{from: app, trail: 7d}')).toEqual([['missing', expect.any(String)]]);
    await pushImage(target, 'app', 'v1', child);
    const reached = expect.stringContaining('has reached it');
    expect(await scenario.plan('{from: app, trail: 7d}')).toEqual([['in-sync', reached]]);
  });
});
