import type { TargetTask } from '@regfleet/config';
import { fillRegistry } from '@regfleet/harness';
import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { PlanEntry } from './contract.ts';
import { images, planWith, recordsOf, states, taskOf, useSides } from './plan.fixture.ts';
import { planTask } from './plan.ts';

describe('planner/repositories', () => {
  const sides = useSides();
  const task = (mappings: string): TargetTask =>
    taskOf(mappings, { source: sides.source.host, target: sides.target.host });

  it('copies neither where repositories of one regex would write the same tag, and tells both', async () => {
    await fillRegistry(sides.source, [
      { repository: 'meet/a', tags: ['1', '2'] },
      { repository: 'meet/b', tags: ['1', '3'] },
      { repository: 'plain', tags: ['3', '4'] },
    ]);
    const entries = await planWith(
      sides.registries,
      task(`[{from: plain, to: met}, {from: 'regex:meet/.*', to: 'regex:^/meet/.,met'}]`),
    );
    const written = images(entries).map(
      ({ request }) => `${request.source.repository}:${request.target.tag}`,
    );
    expect(written.sort()).toEqual(['meet/a:2', 'meet/b:3', 'plain:4']);
    const reasons = entries.flatMap((entry) =>
      entry.kind === 'dropped' && entry.tag === '1'
        ? [`${entry.pair.source.repository}: ${entry.reason}`]
        : [],
    );
    expect(reasons).toEqual([
      expect.stringMatching(
        /^meet\/a: .*meet\/b of this mapping would write .*met:1 too: neither is copied$/,
      ),
      expect.stringMatching(
        /^meet\/b: .*meet\/a of this mapping would write .*met:1 too: neither is copied$/,
      ),
    ]);
    const errors = entries.flatMap((entry) => (entry.kind === 'failure' ? [entry.error] : []));
    expect(errors).toMatchObject([{ code: 'TARGET_CONFLICT', message: expect.stringContaining('met:1') }]);
  });

  it('warns where a list of repositories was left off', async () => {
    await fillRegistry(sides.source, [{ repository: 'left/off', tags: ['1'] }]);
    const ports = (maxItems: number) => ({
      client: (location: TargetTask['source']) => sides.registries.connect(location),
      lister: () => ({ maxItems, list: async () => ['left/off', 'other'] }),
      records: recordsOf(),
    });
    const planned = task(`[{from: 'regex:left/.*'}]`);
    const warnings = async (maxItems: number) =>
      (await Array.fromAsync(planTask(planned, ports(maxItems)))).filter(({ kind }) => kind === 'warning');
    expect(await warnings(3)).toEqual([]);
    expect(await warnings(2)).toEqual([
      {
        kind: 'warning',
        mapping: 'tasks[0].mappings[0]',
        message: expect.stringMatching(/others may have been left off.* raise lister\.maxItems/),
      },
    ]);
  });

  it('plans what a catalog has besides names that cannot be repositories', async () => {
    await fillRegistry(sides.source, [{ repository: 'possible', tags: ['1'] }]);
    const names = ['Possible', 'possible', `${'x'.repeat(200_000)}`, '../possible', 'other/UPPER'];
    const ports = {
      client: (location: TargetTask['source']) => sides.registries.connect(location),
      lister: () => ({ list: async () => names }),
      records: recordsOf(),
    };
    const entries = await Array.fromAsync(planTask(task(`[{from: 'regex:.*possible|x.*'}]`), ports));
    expect(states(entries)).toEqual({ 'possible:1': 'missing' });
    const errors = entries.flatMap((entry) => (entry.kind === 'failure' ? [entry.error] : []));
    expect(errors).toMatchObject([
      { code: 'REFERENCE_INVALID', message: expect.stringContaining('cannot be a repository: "xxx') },
    ]);
    expect(errors[0]?.message.length).toBeLessThan(300);
  });

  it('plans the mappings that come before one whose repositories cannot be listed', async () => {
    await fillRegistry(sides.source, [{ repository: 'listed', tags: ['1'] }]);
    const planned = task(`[{from: 'regex:.*'}, {from: listed}]`);
    const entries: PlanEntry[] = [];
    const refused = (async () => {
      for await (const entry of planTask(planned, {
        client: (location) => sides.registries.connect(location),
        lister: () => ({
          list: async () => {
            throw new SyncError('RATE_LIMITED', { message: 'a refusal of the test' });
          },
        }),
        records: recordsOf(),
      }))
        entries.push(entry);
    })();
    await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(entries.map(({ kind }) => kind)).toContain('repository');
  });
});
