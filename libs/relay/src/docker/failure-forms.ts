import type { ErrorCode } from '@regfleet/model';
import { IMMUTABLE_HINT, saysFull, saysImmutable } from '@regfleet/registry';
import { type FailurePattern, inOrder } from '../failure-pattern.ts';
import { proxyForms } from '../proxy-forms.ts';

export interface FailureForm {
  readonly pattern: FailurePattern;
  readonly code: ErrorCode;
  readonly hint?: string;
  /** What is meant except in a push, where the registry may be quoted: something on the machine of the daemon. */
  readonly onDaemon?: { readonly message: string; readonly hint: string };
}

const HINTS = {
  disk: "free space in the daemon's data folder (docker system df), or give it a larger disk",
  storage: "free space in the registry's storage, or raise its quota",
  diskOrStorage: "free space in the registry's storage, or in the daemon's data folder (docker system df)",
  tls: "the daemon's own settings count: put the CA into /etc/docker/certs.d/<host>/ca.crt on the machine of the daemon, or list the registry under insecure-registries",
  credentials: 'check auth of this location',
  denied: 'check that the repository exists and that the account may use it',
  platform: 'set platform to one the image has',
  foreignPlatform: 'a daemon takes only images of its own operating system; use relay: direct',
  reference: 'docker cannot read this name; use relay: direct',
  version: 'leave docker.api-version and DOCKER_API_VERSION unset, the version is negotiated then',
  mediaType: 'the daemon handles container images only; use relay: direct',
  vanished: 'something else removes images from this daemon; give regfleet a daemon of its own',
};

/** How docker daemons word a failure, 20.10 and later, and what it means; the first form that matches counts. */
export const FAILURE_FORMS: readonly FailureForm[] = [
  {
    pattern: /no space left on device|disk quota exceeded/i,
    code: 'STORAGE_FULL',
    hint: HINTS.diskOrStorage,
    onDaemon: { message: "the daemon's own disk is full", hint: HINTS.disk },
  },
  { pattern: /\b507\b/, code: 'STORAGE_FULL', hint: HINTS.storage },
  { pattern: /toomanyrequests|too many requests|\bHTTP 429\b|status: 429\b/i, code: 'RATE_LIMITED' },
  { pattern: { test: saysFull }, code: 'STORAGE_FULL', hint: HINTS.storage },
  { pattern: { test: saysImmutable }, code: 'REQUEST_REFUSED', hint: IMMUTABLE_HINT },
  {
    pattern: inOrder('client version ', / is too (?:new|old)/gi),
    code: 'RELAY_UNAVAILABLE',
    hint: HINTS.version,
  },
  { pattern: /invalid reference format/i, code: 'REFERENCE_INVALID', hint: HINTS.reference },
  {
    pattern:
      /no matching manifest for|no match for platform|does not (?:match|provide) the specified platform/i,
    code: 'PLATFORM_UNKNOWN',
    hint: HINTS.platform,
  },
  {
    pattern: inOrder('operating system ', /" cannot be used|is not supported/gi),
    code: 'PLATFORM_UNKNOWN',
    hint: HINTS.foreignPlatform,
  },
  {
    pattern: /no such image|tag does not exist|image does not exist locally/i,
    code: 'RELAY_FAILED',
    hint: HINTS.vanished,
  },
  {
    pattern: /verification failed|digest (?:mismatch|invalid)|does not match digest/i,
    code: 'DIGEST_MISMATCH',
  },
  ...proxyForms("name the registry in the daemon's own no-proxy where none is needed"),
  {
    pattern: /i\/o timeout|handshake timeout|deadline exceeded|request canceled|Client\.Timeout/i,
    code: 'NETWORK_FAILED',
  },
  {
    pattern: /x509:|\btls: |server gave HTTP response to HTTPS client/i,
    code: 'TLS_FAILED',
    hint: HINTS.tls,
  },
  { pattern: /\bdenied\b|forbidden|\bHTTP 403\b/i, code: 'DENIED', hint: HINTS.denied },
  {
    pattern:
      /unauthorized|authentication required|no basic auth credentials|incorrect username|\bHTTP 401\b/i,
    code: 'UNAUTHORIZED',
    hint: HINTS.credentials,
  },
  { pattern: /name unknown|repository name not known|\bHTTP 404\b/i, code: 'REPOSITORY_UNKNOWN' },
  { pattern: /blob unknown|unknown blob/i, code: 'BLOB_UNKNOWN' },
  { pattern: /manifest unknown|: not found$/i, code: 'MANIFEST_UNKNOWN' },
  { pattern: inOrder('manifest for ', ' not found'), code: 'MANIFEST_UNKNOWN' },
  { pattern: /\bHTTP 413\b|request entity too large/i, code: 'UPLOAD_TOO_LARGE' },
  {
    pattern: /unsupported (?:manifest|media|schema)|encountered remote|unknown (?:manifest|media) ?type/i,
    code: 'MEDIA_TYPE_UNSUPPORTED',
    hint: HINTS.mediaType,
  },
  {
    pattern: /invalid rootfs in image|media ?type in manifest should be/i,
    code: 'MEDIA_TYPE_UNSUPPORTED',
    hint: HINTS.mediaType,
  },
  { pattern: /\bHTTP (?:status: )?5\d\d\b|status: 5\d\d\b/i, code: 'SERVER_FAILED' },
  { pattern: /\bHTTP (?:status: )?4\d\d\b|status: 4\d\d\b/i, code: 'REQUEST_REFUSED' },
  {
    pattern: /manifest invalid|invalid character|unexpected end of JSON|cannot unmarshal/i,
    code: 'MANIFEST_INVALID',
  },
  { pattern: /unexpected EOF|short read/i, code: 'STREAM_TRUNCATED' },
  {
    pattern: /connection (?:refused|reset)|broken pipe|no such host|no route to host|context canceled/i,
    code: 'NETWORK_FAILED',
  },
  {
    pattern: /network is unreachable|server misbehaving|\bEOF\b|dial tcp|closed network/i,
    code: 'NETWORK_FAILED',
  },
];
