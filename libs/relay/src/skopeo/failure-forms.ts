import type { ErrorCode } from '@regfleet/model';
import { IMMUTABLE_HINT, saysFull, saysImmutable } from '@regfleet/registry';
import { type FailurePattern, inOrder } from '../failure-pattern.ts';
import { proxyForms } from '../proxy-forms.ts';

export interface FailureForm {
  readonly pattern: FailurePattern;
  readonly code: ErrorCode;
  readonly hint?: string;
}

const HINTS = {
  tls: 'put the CA of the registry into <certs-dir>/<host>/, or set skip-tls-verify where this is accepted',
  pair: 'put a client certificate and its key into <certs-dir>/<host>/ as PEM files of one name, e.g. client.cert and client.key; a CA ends in .crt',
  credentials: 'check auth of this location, or the auth files of skopeo where none is set',
  denied: 'check that the repository exists and that the account may use it',
  platform: 'set platform to one the image has, or to all',
  indexByDigest: 'an index keeps its digest only when it is copied whole: set platform: all',
  reference: 'skopeo cannot read this name; IPv6 registries need a host name, or the relay direct',
  flags: 'install skopeo 1.9 or newer',
  full: 'free space on the registry, or raise its quota; or free the folder for temporary files of this machine, where the message names it',
};

const PUT_MANIFEST = /uploading manifest /i;

const immutableTag = (text: string): boolean => PUT_MANIFEST.test(text) && saysImmutable(text);

/** How skopeo words a failure, 1.9.3 and later, and what it means; the first form that matches counts. */
export const FAILURE_FORMS: readonly FailureForm[] = [
  { pattern: /\b507\b/, code: 'STORAGE_FULL', hint: HINTS.full },
  { pattern: /toomanyrequests|too many requests|status(?: ?code)?:? 429\b/i, code: 'RATE_LIMITED' },
  { pattern: { test: saysFull }, code: 'STORAGE_FULL', hint: HINTS.full },
  { pattern: { test: immutableTag }, code: 'REQUEST_REFUSED', hint: IMMUTABLE_HINT },
  {
    pattern: /unknown (?:shorthand )?flag|unrecognized command/i,
    code: 'RELAY_UNAVAILABLE',
    hint: HINTS.flags,
  },
  { pattern: /invalid reference format/i, code: 'REFERENCE_INVALID', hint: HINTS.reference },
  { pattern: /digest did not match/i, code: 'DIGEST_MISMATCH' },
  { pattern: /happened during read: unexpected EOF/i, code: 'STREAM_TRUNCATED' },
  { pattern: /no image found in/i, code: 'PLATFORM_UNKNOWN', hint: HINTS.platform },
  {
    pattern: inOrder(
      'from manifest list: ',
      'uploading manifest sha',
      ' to ',
      /(?:digest|manifest) invalid/gi,
    ),
    code: 'PLATFORM_INVALID',
    hint: HINTS.indexByDigest,
  },
  ...proxyForms('name the registry in NO_PROXY where none is needed'),
  { pattern: /i\/o timeout|handshake timeout|deadline exceeded|timed out/i, code: 'NETWORK_FAILED' },
  {
    pattern: /missing (?:client certificate|key) \S+ for|find any PEM data|private key does not match/i,
    code: 'TLS_FAILED',
    hint: HINTS.pair,
  },
  {
    pattern: /x509:|\btls: |certificate|server gave HTTP response to HTTPS client/i,
    code: 'TLS_FAILED',
    hint: HINTS.tls,
  },
  { pattern: /invalid username\/password/i, code: 'UNAUTHORIZED', hint: HINTS.credentials },
  { pattern: /\bdenied\b|forbidden|\b403\b \(/i, code: 'DENIED', hint: HINTS.denied },
  {
    pattern: /unauthorized|authentication required|status(?: ?code)?(?: from registry)?:? 401\b/i,
    code: 'UNAUTHORIZED',
    hint: HINTS.credentials,
  },
  { pattern: /name unknown|repository name not known/i, code: 'REPOSITORY_UNKNOWN' },
  { pattern: /blob unknown/i, code: 'BLOB_UNKNOWN' },
  { pattern: inOrder('blob', / 404\b/g), code: 'BLOB_UNKNOWN' },
  { pattern: inOrder('uploading manifest ', 'digest invalid'), code: 'DIGEST_MISMATCH' },
  { pattern: /manifest unknown/i, code: 'MANIFEST_UNKNOWN' },
  { pattern: inOrder('reading manifest ', /\b404\b/g), code: 'MANIFEST_UNKNOWN' },
  { pattern: /manifest invalid/i, code: 'MANIFEST_INVALID' },
  { pattern: /request entity too large|\b413\b/i, code: 'UPLOAD_TOO_LARGE' },
  {
    pattern:
      /(?:unsupported|unexpected) (?:schema|manifest|mime|media|docker)|unknown media type|unrecognized manifest/i,
    code: 'MEDIA_TYPE_UNSUPPORTED',
  },
  { pattern: /invalid character|unexpected end of JSON|cannot unmarshal/i, code: 'MANIFEST_INVALID' },
  { pattern: /(?:status(?: code)?(?: from registry)?:? |: )5\d\d\b/i, code: 'SERVER_FAILED' },
  {
    pattern: /connection (?:refused|reset)|broken pipe|no such host|no route to host/i,
    code: 'NETWORK_FAILED',
  },
  { pattern: /network is unreachable|name resolution|server misbehaving|\bEOF\b/i, code: 'NETWORK_FAILED' },
  { pattern: /dial tcp|use of closed network connection|connection error/i, code: 'NETWORK_FAILED' },
  { pattern: /(?:status(?: code)?(?: from registry)?:? |: )4\d\d\b/i, code: 'REQUEST_REFUSED' },
];
