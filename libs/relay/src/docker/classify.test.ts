import { type ErrorCode, parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { Refusal } from './bounded-answers.ts';
import { classifyFailure, daemonFailure } from './classify.ts';

const place = { side: 'source', reference: parseReference('a.example:5000/app:v1') } as const;
const GET = 'Get "https://a.example:5000/v2/": ';
const CONFIG = 'error pulling image configuration: ';

// As docker 20.10.24 words them; those marked with a version are the wording of that one.
const MESSAGES: readonly (readonly [string, ErrorCode])[] = [
  ['manifest for a.example:5000/app:v1 not found: manifest unknown: manifest unknown', 'MANIFEST_UNKNOWN'],
  [
    'failed to resolve reference "a.example:5000/app:v1": a.example:5000/app:v1: not found',
    'MANIFEST_UNKNOWN',
  ], // 29
  ['name unknown: repository name not known to registry', 'REPOSITORY_UNKNOWN'],
  ['error parsing HTTP 404 response body: unexpected end of JSON input: ""', 'REPOSITORY_UNKNOWN'],
  [
    "pull access denied for app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    'DENIED',
  ],
  ['denied: requested access to the resource is denied', 'DENIED'],
  ["error parsing HTTP 403 response body: invalid character '<'", 'DENIED'],
  ['Head "http://a.example:5000/v2/app/manifests/v1": no basic auth credentials', 'UNAUTHORIZED'],
  ['unauthorized: authentication required', 'UNAUTHORIZED'],
  [`${GET}unauthorized: incorrect username or password`, 'UNAUTHORIZED'],
  ['toomanyrequests: You have reached your pull rate limit', 'RATE_LIMITED'],
  [`${CONFIG}download failed after attempts=1: toomanyrequests: slow`, 'RATE_LIMITED'],
  [`${GET}x509: certificate signed by unknown authority`, 'TLS_FAILED'],
  [`${GET}tls: failed to verify certificate: x509: certificate has expired`, 'TLS_FAILED'], // 24
  [`${GET}http: server gave HTTP response to HTTPS client`, 'TLS_FAILED'],
  [`${GET}net/http: TLS handshake timeout`, 'NETWORK_FAILED'],
  [
    `${GET}net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
    'NETWORK_FAILED',
  ],
  [`${GET}dial tcp 127.0.0.1:5000: connect: connection refused`, 'NETWORK_FAILED'],
  [`${GET}dial tcp: lookup a.example on 10.0.0.2:53: no such host`, 'NETWORK_FAILED'],
  [`${GET}EOF`, 'NETWORK_FAILED'],
  ['context canceled', 'NETWORK_FAILED'],
  [`${CONFIG}download failed after attempts=6: unexpected EOF`, 'STREAM_TRUNCATED'],
  ['write /var/lib/docker/tmp/GetImageBlob12: no space left on device', 'STORAGE_FULL'],
  [
    'failed to register layer: Error processing tar file(exit status 1): write /x: no space left on device',
    'STORAGE_FULL',
  ],
  ['denied: adding 1 MiB will exceed the configured upper limit of 2 MiB.', 'STORAGE_FULL'],
  ["unknown: Failed to process request due to 'app:v1' configured as immutable.", 'REQUEST_REFUSED'],
  ['tag invalid: it cannot be overwritten because the repository is immutable.', 'REQUEST_REFUSED'],
  ['received unexpected HTTP status: 507 Insufficient Storage', 'STORAGE_FULL'],
  ['received unexpected HTTP status: 500 Internal Server Error', 'SERVER_FAILED'],
  ['received unexpected HTTP status: 503 Service Unavailable', 'SERVER_FAILED'],
  ["error parsing HTTP 502 response body: invalid character '<'", 'SERVER_FAILED'],
  [
    `error parsing HTTP 405 response body: invalid character 'M' looking for beginning of value: "Method not allowed\\n"`,
    'REQUEST_REFUSED',
  ],
  ["error parsing HTTP 413 response body: invalid character '<'", 'UPLOAD_TOO_LARGE'],
  [`${CONFIG}download failed after attempts=1: unknown blob`, 'BLOB_UNKNOWN'],
  ['filesystem layer verification failed for digest sha256:ab', 'DIGEST_MISMATCH'],
  ['no matching manifest for linux/riscv64 in the manifest list entries', 'PLATFORM_UNKNOWN'],
  [
    'image with reference app was found but does not match the specified platform: wanted linux/s390x',
    'PLATFORM_UNKNOWN',
  ],
  ['image operating system "windows" cannot be used on this platform', 'PLATFORM_UNKNOWN'],
  [
    'Encountered remote "application/vnd.cncf.helm.config.v1+json"(unknown) when fetching',
    'MEDIA_TYPE_UNSUPPORTED',
  ],
  ['unsupported manifest media type and no default available', 'MEDIA_TYPE_UNSUPPORTED'],
  ['invalid rootfs in image configuration', 'MEDIA_TYPE_UNSUPPORTED'],
  ['manifest invalid: manifest invalid', 'MANIFEST_INVALID'],
  ['invalid reference format', 'REFERENCE_INVALID'],
  ['client version 1.99 is too new. Maximum supported API version is 1.41', 'RELAY_UNAVAILABLE'],
  ['No such image: sha256:ab', 'RELAY_FAILED'],
  ['tag does not exist: a.example:5000/app:v1', 'RELAY_FAILED'],
  ['something nobody has seen', 'RELAY_FAILED'],
];

describe('relay/docker/classify', () => {
  it.each(MESSAGES)('takes "%s" for %s', (message, code) => {
    expect(classifyFailure({ message, isConnection: false }, place).code).toBe(code);
    expect(classifyFailure({ message, statusCode: 500, isConnection: false }, place).code).toBe(code);
  });

  it.each([
    ['Forbidden', 'REQUEST_REFUSED', 'let the proxy allow'],
    ['Proxy Authentication Required', 'REQUEST_REFUSED', 'a user and a password'],
    ['Bad Gateway', 'NETWORK_FAILED', 'can it reach that host'],
    ['proxyconnect tcp: dial tcp 127.0.0.1:1: i/o timeout', 'NETWORK_FAILED', 'does the proxy answer'],
  ])('tells what a proxy answers from what the registry does: "%s"', (answer, code, hint) => {
    const error = classifyFailure(
      { message: `${GET}${answer}`, statusCode: 500, isConnection: false },
      place,
    );
    expect(error).toMatchObject({ code, side: 'source', hint: expect.stringContaining(hint) });
    expect(error.hint).toContain('no-proxy');
  });

  it('names side, registry, reference and status', () => {
    const message = 'received unexpected HTTP status: 503 Service Unavailable';
    expect(classifyFailure({ message, isConnection: false }, place)).toMatchObject({
      side: 'source',
      registry: 'a.example:5000',
      reference: 'a.example:5000/app:v1',
      httpStatus: 503,
    });
  });

  it('redacts what the daemon says', () => {
    const failure = { message: 'Get "https://a:b@a.example/?token=abc": odd', isConnection: false };
    expect(classifyFailure(failure, place).message).toBe(
      'docker: Get "https://***@a.example/?token=***": odd',
    );
  });

  it('refuses for good what the daemon does not understand', () => {
    expect(classifyFailure({ message: 'odd', statusCode: 400, isConnection: false }, place)).toMatchObject({
      code: 'REQUEST_REFUSED',
      kind: 'permanent',
    });
  });

  it('blames no registry for a daemon that is gone', () => {
    const gone = Object.assign(new Error('connect ECONNREFUSED /var/run/docker.sock'), {
      code: 'ECONNREFUSED',
    });
    expect(classifyFailure(daemonFailure(gone), place)).toMatchObject({
      code: 'NETWORK_FAILED',
      kind: 'retryable',
      side: undefined,
      registry: undefined,
      reference: 'a.example:5000/app:v1',
    });
  });

  it("blames the daemon's own disk for a pull that does not fit", () => {
    const message = 'write /var/lib/docker/tmp/GetImageBlob12: no space left on device';
    expect(classifyFailure({ message, isConnection: false }, place)).toMatchObject({
      code: 'STORAGE_FULL',
      message: `docker: the daemon's own disk is full: ${message}`,
      hint: expect.stringContaining('docker system df'),
      side: undefined,
      registry: undefined,
      reference: 'a.example:5000/app:v1',
    });
  });

  it('leaves open in a push whether the registry is full or the daemon', () => {
    const target = { ...place, side: 'target' } as const;
    const message = 'unknown: write /var/lib/registry/x: no space left on device';
    expect(classifyFailure({ message, isConnection: false }, target)).toMatchObject({
      code: 'STORAGE_FULL',
      side: 'target',
      hint: expect.stringMatching(/registry.*docker system df/),
    });
    const answer = {
      message: 'received unexpected HTTP status: 507 Insufficient Storage',
      isConnection: false,
    };
    expect(classifyFailure(answer, target)).toMatchObject({
      side: 'target',
      hint: "free space in the registry's storage, or raise its quota",
    });
  });

  it('keeps the status of an answer apart from a connection that failed', () => {
    expect(daemonFailure(new Refusal('No such image: app:v1', 404))).toEqual({
      message: 'No such image: app:v1',
      statusCode: 404,
      isConnection: false,
    });
  });
});
