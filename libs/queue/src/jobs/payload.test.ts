import { type CopyOrder, HandBackError, steadyNowMs } from '@regfleet/fleet';
import { makeReference, type RelayName } from '@regfleet/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest, order } from '../queue.fixture.ts';
import {
  notedPayload,
  readCopyPayload,
  readRunPayload,
  writeCopyPayload,
  writeRunPayload,
} from './payload.ts';

const lane = { relay: 'direct' as RelayName, source: 'source.test:5000', target: 'target.test' };
const travel = (sent: CopyOrder) => readCopyPayload(JSON.parse(JSON.stringify(writeCopyPayload(sent))), lane);

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const digests = fc.oneof(
  hex(64).map((text) => `sha256:${text}`),
  hex(128).map((text) => `sha512:${text}`),
);
const tags = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,10}$/);
const names = fc
  .record({ tag: fc.option(tags, { nil: undefined }), digest: fc.option(digests, { nil: undefined }) })
  .filter(({ tag, digest }) => tag !== undefined || digest !== undefined);

describe('queue/jobs/payload', () => {
  it('carries every request unchanged', () => {
    const platforms = fc.constantFrom(
      undefined,
      'all' as const,
      { os: 'linux' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    );
    fc.assert(
      fc.property(names, names, platforms, fc.option(digests), (source, target, platform, seen) => {
        const sent: CopyOrder = {
          request: {
            source: makeReference({ registry: lane.source, repository: 'a/b', ...source }),
            target: makeReference({ registry: lane.target, repository: 'c', ...target }),
            relay: lane.relay,
            ...(platform !== undefined && { platform }),
            ...(seen !== null && { sourceDigest: seen as never, task: 'task: one' }),
          },
          attempts: 3,
          backoffMs: 1_500,
          maxBackoffMs: 600_000,
        };
        expect(travel(sent)).toEqual({ request: sent.request, backoffMs: 1_500, maxBackoffMs: 600_000 });
      }),
    );
  });

  it('tells that the target had no such tag, and how long ago', () => {
    expect(travel({ ...order('v1'), seenTarget: { head: undefined } }).lack).toEqual({
      beforeMs: 0,
      isNewRepository: false,
    });
    const seenTarget = { head: undefined, atMs: steadyNowMs() - 60_000, isNewRepository: true };
    expect(travel({ ...order('v1'), seenTarget }).lack).toEqual({ beforeMs: 60_000, isNewRepository: true });
  });

  it('says nothing of a tag that the target had, which others may change', () => {
    const head = { digest: digest('b'), mediaType: 'application/vnd.oci.image.manifest.v1+json' };
    expect(travel({ ...order('v1'), seenTarget: { head } }).lack).toBeUndefined();
  });

  it('takes less than 200 bytes for an ordinary image', () => {
    expect(JSON.stringify(writeCopyPayload(order('v1.2.3'))).length).toBeLessThan(200);
  });

  it('reads what the first release of this layout wrote', () => {
    const text = `{"v":1,"from":"library/image:v1","to":"mirror/image","task":"a task","platform":"linux/arm64",
      "sha256":"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo","waitS":[5,300]}`;
    const { request } = order('v1');
    expect(readCopyPayload(JSON.parse(text), lane)).toEqual({
      request: { ...request, sourceDigest: digest('a'), platform: { os: 'linux', architecture: 'arm64' } },
      backoffMs: 5_000,
      maxBackoffMs: 300_000,
    });
  });

  it('reads a payload to which the next release has added something', () => {
    const payload = { ...writeCopyPayload(order('v1')), added: true };
    expect(readCopyPayload(payload, lane).request).toEqual(order('v1').request);
    expect(readRunPayload({ ...writeRunPayload('t', 'start'), added: 1 })).toMatchObject({ task: 't' });
  });

  it('hands back what only a later release can read', () => {
    expect(() => readCopyPayload({ v: 2 }, lane)).toThrow(HandBackError);
    expect(() => readRunPayload({ v: 2, task: 't', trigger: 'start' })).toThrow(HandBackError);
  });

  it('waits for no less than nothing, and for no longer than a month', () => {
    const payload = { ...writeCopyPayload(order('v1')), waitS: [-5, 1e300] };
    expect(readCopyPayload(payload, lane)).toMatchObject({ backoffMs: 0, maxBackoffMs: 2_592_000_000 });
  });

  it('keeps the times of the first hand-back and of the first wait', () => {
    const waited = notedPayload(writeCopyPayload(order('v1')), ['deferS'], 1_600_000_000_000);
    const payload = notedPayload(waited, ['backS'], 1_700_000_000_999);
    expect(readCopyPayload(payload, lane)).toMatchObject({
      request: order('v1').request,
      deferredAtMs: 1_600_000_000_000,
      handedBackAtMs: 1_700_000_000_000,
    });
  });

  it('refuses names that are too long to be any without working on them', () => {
    const payload = { ...writeCopyPayload(order('v1')), from: `app:${'a'.repeat(200_000)}` };
    expect(() => readCopyPayload(payload, lane)).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }));
  });

  it.each([undefined, null, 'text', {}, { v: 0 }, { v: 1, from: 'x' }])('refuses %j', (data) => {
    expect(() => readCopyPayload(data, lane)).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }));
    expect(() => readRunPayload(data)).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }));
  });
});
