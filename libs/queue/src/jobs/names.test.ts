import { copyJobId, newRunId } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { order } from '../queue.fixture.ts';
import { deduplicationId, nameInRun, parseCopyJobId, runIdOfJob } from './names.ts';

describe('queue/jobs/names', () => {
  it('makes job ids from which run and name can be read back', () => {
    const runId = newRunId(1_800_000_000_000);
    const name = nameInRun(order('v1').request);
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
    expect(new Set(variants.map(nameInRun)).size).toBe(5);
    expect(new Set(variants.map(deduplicationId)).size).toBe(3);
    expect(nameInRun({ ...request, task: 'another' })).toBe(nameInRun(request));
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
