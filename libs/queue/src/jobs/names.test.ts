import { parseRegistryName, RELAY_NAMES } from '@regfleet/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { order } from '../queue.fixture.ts';
import {
  copyJobId,
  copyName,
  deduplicationId,
  laneName,
  newRunId,
  parseCopyJobId,
  parseLane,
  runIdOfJob,
} from './names.ts';

const host = fc
  .oneof(
    fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?(:\d{1,5})?$/),
    fc.constantFrom('[::1]:5000', '[2001:db8::7]', 'to', 'to:1', 'a.to'),
  )
  .filter((name) => parseRegistryName(name).host === name);

describe('queue/jobs/names', () => {
  it('makes lane names that BullMQ accepts and that can be read back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RELAY_NAMES), host, host, (relay, source, target) => {
        const lane = laneName({ relay, source, target });
        expect(lane).not.toContain(':');
        expect(parseLane(lane)).toEqual({ relay, source, target });
      }),
    );
    expect(laneName({ relay: 'direct', source: 'docker.io', target: 'registry.local:5000' })).toBe(
      'copy.direct.docker.io_to_registry.local_5000',
    );
  });

  it('reads a lane from no text that it would not have written', () => {
    const text = fc.stringMatching(/^copy\.(direct|skopeo)\.[a-z0-9_.:[\]-]{0,12}_to_[a-z0-9_.:[\]-]{0,12}$/);
    fc.assert(
      fc.property(text, (lane) => {
        const parts = parseLane(lane);
        expect(parts === undefined ? lane : laneName(parts)).toBe(lane);
      }),
    );
  });

  it.each([
    '',
    'runs',
    'copydirect',
    'copy.direct.',
    'copy.direct.docker.io',
    'copy.direct._to_a',
    'copy.direct.a_to_',
    'copy.direct.a_to_b_to_c',
    'copy.unknown.docker.io_to_a',
    'copy.direct.a:5000_to_b',
    'copy.direct.a_to_b:5000',
    'copy.direct.a/b_to_c',
    'copy.direct.a_b_to_c',
    'copy.direct.a_to_b_c',
    'copy.direct.A.test_to_b',
    'copy.direct.a_to_B.test',
    'copy.direct.index.docker.io_to_a',
    'copy.direct.a_to_index.docker.io',
    'copy.direct.a_to_b\n',
    `copy.direct.${'a'.repeat(300)}_to_b`,
    `copy.direct.a_to_b${'_to_'.repeat(300_000)}`,
  ])('reads %s as no lane', (name) => {
    expect(parseLane(name)).toBeUndefined();
  });

  it('makes job ids from which run and name can be read back', () => {
    const runId = newRunId(1_800_000_000_000);
    const name = copyName(order('v1').request);
    expect(parseCopyJobId(copyJobId(runId, name))).toEqual({ runId, name });
    expect(copyJobId(runId, name)).toHaveLength(22);
  });

  it('names a copy by relay, source, target and platform, and its identity by target and platform', () => {
    const { request } = order('v1');
    const variants = [
      request,
      { ...request, relay: 'skopeo' as const },
      { ...request, source: { ...request.source, registry: 'other.test' } },
      { ...request, target: { ...request.target, tag: 'v2' } },
      { ...request, platform: 'all' as const },
    ];
    expect(new Set(variants.map(copyName)).size).toBe(5);
    expect(new Set(variants.map(deduplicationId)).size).toBe(3);
    expect(copyName({ ...request, task: 'another' })).toBe(copyName(request));
  });

  it('gives a scheduled firing the same run id each time, and different tasks different ones', () => {
    const id = runIdOfJob('repeat:a: task:1800000000000');
    expect(runIdOfJob('repeat:a: task:1800000000000')).toBe(id);
    expect(runIdOfJob('repeat:b:1800000000000')).not.toBe(id);
    expect(id.slice(0, 6)).toBe((1_800_000_000).toString(36));
    expect(runIdOfJob('tnxyz1abcdef')).toBe('tnxyz1abcdef');
  });

  it('makes run ids that sort by time', () => {
    expect(newRunId(1_800_000_000_000) < newRunId(1_800_000_001_000)).toBe(true);
  });
});
