import { type CopyRequest, type ErrorCode, parseReference, type Side } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { classifyFailure } from './classify.ts';

const request: CopyRequest = {
  relay: 'skopeo',
  source: parseReference('src.example/app:v1'),
  target: parseReference('dst.example/app:v1'),
};

const SOURCE = 'initializing source docker://src.example/app:v1: ';
const READ = `${SOURCE}reading manifest v1 in src.example/app: `;
const BLOB = 'reading blob sha256:abab: ';
const REUSE = 'trying to reuse blob sha256:abab at destination: ';
const EXISTS = `${REUSE}checking whether a blob sha256:abab exists in dst.example/app: `;
const OPEN = 'writing blob: initiating layer upload to /v2/app/blobs/uploads/ in dst.example: ';
const PATCH = 'writing blob: Patch "http://dst.example/v2/app/blobs/uploads/1?_state=x": ';
const PUT = 'writing manifest: uploading manifest v1 to dst.example/app: ';
const PING_SOURCE = `${SOURCE}pinging container registry src.example: Get "https://src.example/v2/": `;
const PING_TARGET = `${REUSE}pinging container registry dst.example: Get "https://dst.example/v2/": `;
const CHOOSE = 'choosing an image from manifest list docker://src.example/app:v1: ';

// As skopeo 1.9.3 words them; those marked with a version are the wording of that one.
const FATAL: readonly (readonly [string, ErrorCode, Side | undefined])[] = [
  [`${READ}manifest unknown: manifest unknown`, 'MANIFEST_UNKNOWN', 'source'],
  [`${READ}manifest unknown`, 'MANIFEST_UNKNOWN', 'source'], // 1.14
  [`${READ}StatusCode: 404, <html>`, 'MANIFEST_UNKNOWN', 'source'],
  [`${READ}name unknown: repository name not known to registry`, 'REPOSITORY_UNKNOWN', 'source'],
  [`${OPEN}name unknown: said so`, 'REPOSITORY_UNKNOWN', 'target'],
  [`${READ}unauthorized: authentication required`, 'UNAUTHORIZED', 'source'],
  [`${READ}authentication required`, 'UNAUTHORIZED', 'source'], // 1.14
  [
    `${SOURCE}unable to retrieve auth token: invalid username/password: unauthorized: incorrect`,
    'UNAUTHORIZED',
    'source',
  ],
  [
    `${READ}errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n`,
    'DENIED',
    'source',
  ],
  [`${READ}requested access to the resource is denied`, 'DENIED', 'source'], // 1.14
  [`${EXISTS}unauthorized: authentication required`, 'UNAUTHORIZED', 'target'],
  [`${EXISTS}authentication required`, 'UNAUTHORIZED', 'target'], // 1.14
  [`${REUSE}failed to read from destination repository app: 403 (Forbidden)`, 'DENIED', 'target'],
  [`${BLOB}Error fetching blob: invalid status code from registry 403 (Forbidden)`, 'DENIED', 'source'],
  [`${PING_SOURCE}Proxy Authentication Required`, 'REQUEST_REFUSED', 'source'],
  [`${PING_SOURCE}x509: certificate signed by unknown authority`, 'TLS_FAILED', 'source'],
  [`${PING_TARGET}tls: failed to verify certificate: x509: certificate has expired`, 'TLS_FAILED', 'target'], // 1.14
  [`${PING_TARGET}remote error: tls: bad certificate`, 'TLS_FAILED', 'target'],
  [`${PING_SOURCE}http: server gave HTTP response to HTTPS client`, 'TLS_FAILED', 'source'],
  [`${READ}toomanyrequests: You have reached your pull rate limit`, 'RATE_LIMITED', 'source'],
  [`${BLOB}too many requests to registry`, 'RATE_LIMITED', 'source'],
  // Without a body that skopeo could read.
  ['writing blob: uploading layer chunked: StatusCode: 429, ', 'RATE_LIMITED', 'target'],
  ['writing blob: uploading layer chunked: StatusCode: 401, ', 'UNAUTHORIZED', 'target'],
  [
    `${REUSE}failed to read from destination repository app: 429 (Too Many Requests)`,
    'RATE_LIMITED',
    'target',
  ],
  [`${PING_SOURCE}dial tcp 10.0.0.1:443: connect: connection refused`, 'NETWORK_FAILED', 'source'],
  [`${PING_TARGET}dial tcp: lookup dst.example on 10.0.0.2:53: no such host`, 'NETWORK_FAILED', 'target'],
  [`${PING_SOURCE}dial tcp 10.0.0.1:443: i/o timeout`, 'NETWORK_FAILED', 'source'],
  [`${PING_TARGET}net/http: TLS handshake timeout`, 'NETWORK_FAILED', 'target'],
  [`${PING_SOURCE}EOF`, 'NETWORK_FAILED', 'source'],
  [`${PATCH}write tcp 10.0.0.1:1->10.0.0.2:2: write: broken pipe`, 'NETWORK_FAILED', 'target'],
  [`${PATCH}happened during read: unexpected EOF`, 'STREAM_TRUNCATED', 'source'],
  [
    `${PATCH}happened during read: Digest did not match, expected sha256:ab, got sha256:cd`,
    'DIGEST_MISMATCH',
    'source',
  ],
  [`${READ}received unexpected HTTP status: 500 Internal Server Error`, 'SERVER_FAILED', 'source'],
  [`${READ}received unexpected HTTP status: 502 Bad Gateway`, 'SERVER_FAILED', 'source'],
  [`${BLOB}Error fetching blob: invalid status code from registry 500 (Internal)`, 'SERVER_FAILED', 'source'],
  [`${BLOB}fetching blob: received unexpected HTTP status: 503 Unavailable`, 'SERVER_FAILED', 'source'], // 1.14
  [`${REUSE}failed to read from destination repository app: 500 (Internal)`, 'SERVER_FAILED', 'target'],
  [`${PUT}received unexpected HTTP status: 500 Internal Server Error`, 'SERVER_FAILED', 'target'],
  [
    `copying image 1/2 from manifest list: ${PUT}received unexpected HTTP status: 500 Oops`,
    'SERVER_FAILED',
    'target',
  ],
  [`${OPEN}received unexpected HTTP status: 507 Insufficient Storage`, 'STORAGE_FULL', 'target'],
  [
    `${PATCH}unknown: unknown error: write /var/lib/registry/data: no space left on device`,
    'STORAGE_FULL',
    'target',
  ],
  [
    `${CHOOSE}no image found in image index for architecture s390x, variant "", OS linux`,
    'PLATFORM_UNKNOWN',
    'source',
  ],
  [
    `${CHOOSE}no image found in manifest list for architecture s390x, variant "", OS linux`,
    'PLATFORM_UNKNOWN',
    'source',
  ],
  [`${BLOB}Error fetching blob: invalid status code from registry 404 (Not Found)`, 'BLOB_UNKNOWN', 'source'],
  [`${PUT}manifest blob unknown: blob unknown to registry`, 'BLOB_UNKNOWN', 'target'],
  [`${PUT}digest invalid`, 'DIGEST_MISMATCH', 'target'],
  [`${PUT}manifest invalid: manifest invalid`, 'MANIFEST_INVALID', 'target'],
  [`${PUT}StatusCode: 413, <html>413 Request Entity Too Large`, 'UPLOAD_TOO_LARGE', 'target'],
  [`${PUT}StatusCode: 405, nothing`, 'REQUEST_REFUSED', 'target'],
  [
    'copying system image from manifest list: writing manifest: uploading manifest sha256:abab to dst.example/app: digest invalid',
    'PLATFORM_INVALID',
    'target',
  ],
  [
    `copying system image from manifest list: ${PUT}errors:\ndigest invalid\nmanifest blob unknown: blob unknown to registry\n`,
    'BLOB_UNKNOWN',
    'target',
  ],
  [
    'initializing image from source docker://src.example/app:v1: unsupported schema version 2',
    'MEDIA_TYPE_UNSUPPORTED',
    'source',
  ],
  [
    "initializing image from source docker://src.example/app:v1: invalid character '<' looking for beginning of value",
    'MANIFEST_INVALID',
    'source',
  ],
  [
    'initializing image from source docker://src.example/app:v1: unexpected end of JSON input',
    'MANIFEST_INVALID',
    'source',
  ],
  [`${PUT}denied: adding 1 MiB will exceed the configured upper limit of 2 MiB.`, 'STORAGE_FULL', 'target'],
  [`${PUT}unknown: due to 'app:v1' configured as immutable.`, 'REQUEST_REFUSED', 'target'],
  [`${PUT}tag invalid: cannot be overwritten because the tag is immutable`, 'REQUEST_REFUSED', 'target'],
  [
    'writing manifest: uploading manifest v1 to dst.example/immutable/app: denied: requested access',
    'DENIED',
    'target',
  ],
  ['Invalid destination name docker://[::1]/app:v1: invalid reference format', 'REFERENCE_INVALID', 'target'],
  ['unknown flag: --digestfile', 'RELAY_UNAVAILABLE', undefined],
  ['something about dst.example that nobody has seen', 'RELAY_FAILED', 'target'],
  ['something nobody has seen', 'RELAY_FAILED', undefined],
];

const REFUSED = 'proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused';

describe('relay/skopeo/classify', () => {
  it.each(FATAL)('takes "%s" for %s at the %s', (message, code, side) => {
    const stderr = `Getting image source signatures\ntime="2026-01-01T00:00:00Z" level=fatal msg=${JSON.stringify(message)}\n`;
    const error = classifyFailure({ exitCode: 1, stderr }, request);
    expect({ code: error.code, side: error.side }).toEqual({ code, side });
  });

  it('names the reference and the registry of the side', () => {
    const stderr = `level=fatal msg="${PUT}received unexpected HTTP status: 500 Internal Server Error"`;
    const error = classifyFailure({ exitCode: 1, stderr }, request);
    expect(error).toMatchObject({
      reference: 'dst.example/app:v1',
      registry: 'dst.example',
      httpStatus: 500,
    });
  });

  it.each([
    'missing client certificate client.cert for key client.key',
    'missing key client.key for client certificate client.cert. Note that CA certificates should use the extension .crt',
    'tls: failed to find any PEM data in certificate input',
    'tls: private key does not match public key',
  ])('says of "%s" which files belong together', (message) => {
    const stderr = `level=fatal msg="${SOURCE}${message}"`;
    expect(classifyFailure({ exitCode: 1, stderr }, request)).toMatchObject({
      code: 'TLS_FAILED',
      side: 'source',
      hint: expect.stringContaining('client.cert and client.key'),
    });
  });

  it.each([
    [`${PING_SOURCE}Forbidden`, 'REQUEST_REFUSED', 'let the proxy allow'],
    [`${PING_SOURCE}Proxy Authentication Required`, 'REQUEST_REFUSED', 'a user and a password'],
    [`${PING_SOURCE}Bad Gateway`, 'NETWORK_FAILED', 'can it reach that host'],
    [`${PING_SOURCE}Service Unavailable`, 'NETWORK_FAILED', 'can it reach that host'],
    [`${PING_SOURCE}${REFUSED}`, 'NETWORK_FAILED', 'does the proxy answer'],
  ])('tells what a proxy answers from what the registry does: "%s"', (message, code, hint) => {
    const stderr = `level=fatal msg=${JSON.stringify(message)}`;
    expect(classifyFailure({ exitCode: 1, stderr }, request)).toMatchObject({
      code,
      side: 'source',
      hint: expect.stringContaining(hint),
    });
  });

  it('unquotes and redacts what skopeo says', () => {
    const stderr = 'level=fatal msg="Get \\"https://a:b@src.example/v2/?token=abc\\": EOF"';
    expect(classifyFailure({ exitCode: 1, stderr }, request).message).toBe(
      'skopeo: Get "https://***@src.example/v2/?token=***": EOF',
    );
  });

  it('takes the last line where skopeo ends without a fatal message', () => {
    const stderr = 'goroutine 1\npanic: runtime error\n';
    expect(classifyFailure({ exitCode: 2, stderr }, request)).toMatchObject({
      code: 'RELAY_FAILED',
      message: 'skopeo: panic: runtime error',
    });
  });

  it('says so when skopeo was killed silently', () => {
    expect(classifyFailure({ stderr: '' }, request).message).toBe('skopeo was killed and said nothing');
  });
});
