import type { Finding } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { findingText } from './findings.ts';

describe('cli/logins/findings', () => {
  it.each<[Finding, string]>([
    [{ kind: 'head-refused', of: 'manifest', status: 405 }, 'HEAD of manifests refused (405), GET used'],
    [{ kind: 'head-refused', of: 'manifest', status: 500 }, 'HEAD of manifests failed (500), GET used'],
    [{ kind: 'head-refused', of: 'blob', status: 403 }, 'HEAD of blobs refused (403), blobs are sent'],
    [{ kind: 'largest-body', bytes: 4 * 1024 * 1024 }, 'blobs are sent in portions of at most 4.0 MiB'],
    [{ kind: 'mounts', outcome: 'refused' }, 'mounts refused, blobs are sent'],
    [{ kind: 'requests-at-once', count: 4 }, 'refuses requests that come too fast, 4 at once are sent'],
  ])('tells %j as %s', (finding, text) => {
    expect(findingText(finding)).toBe(text);
  });
});
