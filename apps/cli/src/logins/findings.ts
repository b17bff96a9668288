import type { Finding } from '@regfleet/registry';
import { formatBytes } from '../output/quantities.ts';

/** What was found out of a registry, for a reader. */
export function findingText(finding: Finding): string {
  switch (finding.kind) {
    case 'plain-http':
      return 'speaks plain HTTP, no TLS';
    case 'login-asked-at-base':
      return 'asks for a login at /v2/, and tells strangers less elsewhere without asking';
    case 'requests-at-once':
      return `refuses requests that come too fast, ${finding.count} at once are sent`;
    case 'head-refused':
      return headText(finding);
    case 'pages-elsewhere':
      return 'links of lists lead to other places, their own path is used';
    case 'pulls-counted':
      return 'counts how many manifests are read';
    case 'answers-encoded':
      return 'answers are called encoded, which nobody asked for';
    case 'mounts':
      return finding.outcome === 'mounted' ? 'mounts blobs' : 'mounts refused, blobs are sent';
    case 'largest-body':
      return `blobs are sent in portions of at most ${formatBytes(finding.bytes)}`;
    case 'put-without-content':
      return 'PUT takes no content, PATCH is used';
  }
}

function headText({ of, status }: Extract<Finding, { kind: 'head-refused' }>): string {
  const end = `${status < 500 ? 'refused' : 'failed'} (${status})`;
  return of === 'manifest' ? `HEAD of manifests ${end}, GET used` : `HEAD of blobs ${end}, blobs are sent`;
}
