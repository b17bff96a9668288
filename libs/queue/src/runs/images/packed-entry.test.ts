import type { RunImage } from '@regfleet/fleet';
import { parseDigest, parsePlatform, parseReference, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { type EndedImage, LONGEST_ENTRY, packImage, type RunFacts, unpackImage } from './packed-entry.ts';

const LANE = { relay: 'skopeo', source: 'localhost:5000', target: 'target.test' } as const;
const RUN: RunFacts = { task: undefined, lane: (number) => (number === '7' ? LANE : undefined) };
const SHA256 = parseDigest(`sha256:${'0123456789abcdef'.repeat(4)}`);
const SHA512 = parseDigest(`sha512:${'0123456789abcdef'.repeat(8)}`);

const requestOf = (source: string, target: string, platform = '') => {
  const selection = parsePlatform(platform);
  return {
    source: parseReference(`localhost:5000/${source}`),
    target: parseReference(`target.test/${target}`),
    relay: 'skopeo',
    ...(selection !== undefined && { platform: selection }),
  } as const;
};

const read = (mark: string, image: EndedImage, run = RUN): RunImage | undefined =>
  unpackImage(`7${mark}${packImage(image)}`, run);

describe('queue/runs/images/packed-entry', () => {
  it.each([
    ['app:1', 'mirror/app:1', ''],
    ['app:1', 'app:1', 'all'],
    ['app:1', 'app:2', 'linux/arm/v7'],
    [`app@${SHA256}`, `app@${SHA256}`, ''],
    [`app:1@${SHA256}`, 'app:1', '/arm64'],
    ['app:1', `mirror/app@${SHA512}`, ''],
  ])('keeps the references of %s to %s and the platform "%s"', (source, target, platform) => {
    const request = requestOf(source, target, platform);
    expect(read('c', { request, attempts: 2, digest: SHA512, bytesCopied: 5 })).toEqual({
      request,
      outcome: 'copied',
      attempts: 2,
      digest: SHA512,
      bytesCopied: 5,
    });
  });

  it('keeps of an image that failed its own task, where the run has none, and the beginning of the error', () => {
    const request = { ...requestOf('app:1', 'app:1'), task: 'own' };
    const error = new SyncError('DENIED', {
      message: 'x'.repeat(100_000),
      hint: 'h',
      side: 'target',
    }).toJSON();
    const entry = packImage({ request, attempts: 1, error });
    expect(entry.length).toBeLessThan(LONGEST_ENTRY);
    const image = read('f', { request, attempts: 1, error });
    expect(image).toMatchObject({
      request,
      outcome: 'failed',
      error: {
        code: 'DENIED',
        kind: 'permanent',
        side: 'target',
        message: expect.stringMatching(/^x{500}…/),
      },
    });
    expect(image?.error).not.toHaveProperty('hint');
    const ofTask = read('f', { request, attempts: 1, error }, { ...RUN, task: 'of the run' });
    expect(ofTask?.request.task).toBe('of the run');
  });

  it('tells no bytes of what another run has done', () => {
    const request = requestOf('app:1', 'app:1');
    expect(read('s', { request, attempts: 1, digest: SHA256, bytesCopied: 5 })).toEqual({
      request,
      outcome: 'skipped',
      attempts: 1,
      digest: SHA256,
    });
  });

  it.each([
    '',
    '7',
    '7c',
    '7c{}',
    '7x["a:1","","",1,""]',
    '8c["a:1","","",1,""]',
    '7c["a:1","","",-1,""]',
    '7c["a:1","","",1,"zz"]',
    '7c["a:1","","a/b/c/d",1,""]',
    '7c["A B","","",1,""]',
    `7c["${'x'.repeat(2_000)}","","",1,""]`,
    '7f["a:1","","",1,"t","DENIED",5,""]',
  ])('reads nothing from %s', (entry) => {
    expect(unpackImage(entry, RUN)).toBeUndefined();
  });

  it('takes a code of a later release for a failure that it does not know', () => {
    const image = unpackImage('7f["a:1","","",1,"t","NEW_CODE","m","side"]', RUN);
    expect(image?.error).toEqual({ code: 'INTERNAL', kind: 'retryable', message: 'm' });
  });
});
