import type { LoggedRequest } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { blobTraffic } from './blob-traffic.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

const blob = (method: string, digest: string, repository = 'x'): LoggedRequest => ({
  method,
  kind: 'blob',
  path: `/v2/${repository}/blobs/${digest}`,
});

const upload = (method: string, query = '', repository = 'x'): LoggedRequest => ({
  method,
  kind: 'upload',
  path: `/v2/${repository}/blobs/uploads/${query}`,
});

const put = (digest: string): LoggedRequest => upload('PUT', `1?digest=${encodeURIComponent(digest)}`);

describe('bench/workloads/blob-traffic', () => {
  it('tells questions from the requests that move a blob', () => {
    const traffic = blobTraffic({
      source: [blob('GET', A)],
      target: [blob('HEAD', A), upload('POST'), put(A)],
    });
    expect(traffic).toMatchObject({ uploaded: 1, heads: 1, unasked: 3 });
  });

  it('charges a repository for the blobs that were not uploaded to it', () => {
    const mount = upload('POST', `?mount=${encodeURIComponent(A)}&from=x`, 'y');
    const traffic = blobTraffic({ source: [], target: [upload('POST'), put(A), mount, blob('HEAD', B)] });
    expect(traffic.withoutUpload(['x', 'y'], [A])).toBe(1);
    expect(traffic.withoutUpload(['x'], [B])).toBe(1);
  });

  it('charges for uploads that were opened for nothing', () => {
    const traffic = blobTraffic({ source: [], target: [upload('POST'), upload('POST'), put(A)] });
    expect(traffic.withoutUpload(['x'], [A])).toBe(1);
    expect(traffic.beyondFirst([A])).toBe(1);
  });

  it('counts what a digest costs after it was moved once', () => {
    const once = { source: [blob('GET', A)], target: [blob('HEAD', A), upload('POST'), put(A)] };
    expect(blobTraffic(once).beyondFirst([A])).toBe(0);
    const again = { source: once.source, target: [...once.target, blob('HEAD', A)] };
    expect(blobTraffic(again).beyondFirst([A])).toBe(1);
    expect(blobTraffic(again).beyondFirst([B])).toBe(0);
  });
});
