import { describe, expect, it } from 'vitest';
import { pathKind, RequestLog } from './request-log.ts';

describe('harness/servers/request-log', () => {
  it.each([
    ['/v2/', 'ping'],
    ['/v2/_catalog?n=5', 'catalog'],
    ['/v2/a/b/tags/list', 'tags'],
    ['/v2/a/manifests/1.0', 'manifest'],
    ['/v2/a/blobs/sha256:00', 'blob'],
    ['/v2/a/blobs/uploads/', 'upload'],
    ['/v2/a/blobs/uploads/?mount=sha256:00&from=b', 'upload'],
    ['/v2/a/blobs/uploads/an-id?_state=x', 'upload'],
    ['/token?service=x', 'token'],
    ['/v2/a/referrers/sha256:00', 'referrers'],
  ])('knows %s as %s', (path, kind) => {
    expect(pathKind(path)).toBe(kind);
  });

  it('counts by method, kind and path', () => {
    const log = new RequestLog();
    log.add('HEAD', '/v2/a/manifests/1');
    log.add('HEAD', '/v2/b/manifests/1');
    log.add('GET', '/v2/a/tags/list');
    expect(log.summary()).toEqual({ 'HEAD manifest': 2, 'GET tags': 1 });
    expect(log.count({ kind: 'manifest', path: /\/a\// })).toBe(1);
    log.clear();
    expect(log.count()).toBe(0);
  });
});
