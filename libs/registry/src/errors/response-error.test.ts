import type { ErrorCode } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { responseError } from './response-error.ts';
import type { Subject } from './subject.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const oci = (code: string, message = '') => JSON.stringify({ errors: [{ code, message }] });

/** What docker-registry 2.8 answers to whatever fails in its storage. */
const unknown = (detail: unknown) =>
  JSON.stringify({ errors: [{ code: 'UNKNOWN', message: 'unknown error', detail }] });
const failedWrite = (Err: unknown) =>
  unknown({
    DriverName: 'filesystem',
    Enclosed: { Op: 'write', Path: '/var/lib/registry/docker/registry/v2/blobs/sha256/df/dff9/data', Err },
  });

const deep = (levels: number): unknown =>
  levels === 0 ? 'x'.repeat(20) : Array.from({ length: 8 }, () => deep(levels - 1));
const HARBOR_QUOTA =
  'adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will exceed the configured upper limit of 160.0 MiB.';
const ECR_IMMUTABLE =
  "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the repository is immutable.";

function classify(
  status: number,
  text = '',
  subject: Subject = 'manifest',
  headers: Record<string, string> = {},
) {
  const context = {
    registry: 'r.example.com',
    reference: 'r.example.com/a/b:1',
    subject,
    action: 'get the manifest of r.example.com/a/b:1',
  };
  return responseError({ status, headers, text }, context, NOW);
}

describe('registry/errors/response-error', () => {
  it.each<[number, string, Subject, ErrorCode]>([
    [401, '', 'manifest', 'UNAUTHORIZED'],
    [401, oci('TOOMANYREQUESTS'), 'manifest', 'UNAUTHORIZED'],
    [403, oci('DENIED'), 'manifest', 'DENIED'],
    [403, oci('MANIFEST_UNKNOWN'), 'manifest', 'DENIED'],
    [403, oci('DENIED', 'Your authorization token has expired. Reauthenticate.'), 'upload', 'UNAUTHORIZED'],
    [403, oci('DENIED', 'the expired token is not yours'), 'blob', 'UNAUTHORIZED'],
    [403, oci('DENIED', 'your subscription has expired'), 'blob', 'DENIED'],
    [404, '', 'manifest', 'MANIFEST_UNKNOWN'],
    [404, oci('NAME_UNKNOWN'), 'manifest', 'REPOSITORY_UNKNOWN'],
    [404, oci('MANIFEST_BLOB_UNKNOWN'), 'manifest', 'BLOB_UNKNOWN'],
    [404, '', 'repository', 'REPOSITORY_UNKNOWN'],
    [404, oci('MANIFEST_UNKNOWN'), 'repository', 'REPOSITORY_UNKNOWN'],
    [404, '', 'blob', 'BLOB_UNKNOWN'],
    [404, oci('NAME_UNKNOWN'), 'blob', 'REPOSITORY_UNKNOWN'],
    [404, oci('NAME_UNKNOWN'), 'upload', 'REPOSITORY_UNKNOWN'],
    [404, oci('BLOB_UPLOAD_UNKNOWN'), 'upload', 'SERVER_FAILED'],
    [404, '', 'catalog', 'LISTING_UNSUPPORTED'],
    [404, '', 'registry', 'RESPONSE_INVALID'],
    [404, '<!DOCTYPE html><p>nothing here', 'manifest', 'RESPONSE_INVALID'],
    [405, oci('UNSUPPORTED'), 'catalog', 'LISTING_UNSUPPORTED'],
    [400, oci('UNSUPPORTED'), 'catalog', 'LISTING_UNSUPPORTED'],
    [401, '', 'catalog', 'UNAUTHORIZED'],
    [405, '', 'manifest', 'REQUEST_REFUSED'],
    [400, oci('MANIFEST_INVALID'), 'manifest', 'MANIFEST_INVALID'],
    [400, oci('MANIFEST_BLOB_UNKNOWN'), 'manifest', 'BLOB_UNKNOWN'],
    [400, oci('DIGEST_INVALID'), 'upload', 'DIGEST_MISMATCH'],
    [400, oci('manifest_invalid'), 'manifest', 'MANIFEST_INVALID'],
    [400, oci('WHATEVER'), 'manifest', 'REQUEST_REFUSED'],
    [409, '', 'manifest', 'REQUEST_REFUSED'],
    [406, '', 'manifest', 'MEDIA_TYPE_UNSUPPORTED'],
    [415, '', 'manifest', 'MEDIA_TYPE_UNSUPPORTED'],
    [407, '', 'manifest', 'REQUEST_REFUSED'],
    [408, '', 'manifest', 'TIMED_OUT'],
    [413, '<html>', 'upload', 'UPLOAD_TOO_LARGE'],
    [429, '', 'manifest', 'RATE_LIMITED'],
    [500, '', 'manifest', 'SERVER_FAILED'],
    [500, oci('UNKNOWN', 'write /data: no space left on device'), 'upload', 'STORAGE_FULL'],
    [500, unknown('write /data: no space left on device'), 'upload', 'STORAGE_FULL'],
    [500, unknown('write /data: disk quota exceeded'), 'upload', 'STORAGE_FULL'],
    [500, unknown({ driver: 'filesystem', detail: 'no space left on device' }), 'upload', 'STORAGE_FULL'],
    [500, failedWrite(28), 'upload', 'STORAGE_FULL'],
    [500, failedWrite(122), 'manifest', 'STORAGE_FULL'],
    [500, failedWrite(5), 'upload', 'SERVER_FAILED'],
    [500, failedWrite({}), 'upload', 'SERVER_FAILED'],
    [500, unknown({ DriverName: 's3aws', Enclosed: { Err: 28 } }), 'upload', 'SERVER_FAILED'],
    [500, unknown({ Err: 28 }), 'upload', 'SERVER_FAILED'],
    [500, unknown(null), 'upload', 'SERVER_FAILED'],
    [502, '<html>', 'manifest', 'SERVER_FAILED'],
    [501, '', 'manifest', 'REQUEST_REFUSED'],
    [507, '', 'upload', 'STORAGE_FULL'],
    [200, '<html>', 'manifest', 'RESPONSE_INVALID'],
    [304, '', 'manifest', 'REDIRECT_REFUSED'],
  ])('%i %s about a %s is %s', (status, text, subject, code) => {
    expect(classify(status, text, subject)).toMatchObject({
      code,
      httpStatus: status,
      registry: 'r.example.com',
      reference: 'r.example.com/a/b:1',
    });
  });

  it.each<[string, string]>([
    [oci('DENIED', 'requested access\nis denied'), '403 (DENIED: requested access is denied)'],
    [oci('DENIED'), '403 (DENIED)'],
    ['{"errors":[{"code":"DENIED","detail":"no push"}]}', '403 (DENIED: no push)'],
    [
      unknown('write /data: input/output error'),
      '403 (UNKNOWN: unknown error: write /data: input/output error)',
    ],
    [failedWrite(28), '403 (UNKNOWN: unknown error: no space left on device)'],
    [failedWrite(122), '403 (UNKNOWN: unknown error: disk quota exceeded)'],
    [unknown({ anything: 1 }), '403 (UNKNOWN: unknown error: anything: 1)'],
    [unknown({ nothing: null, empty: [{}] }), '403 (UNKNOWN: unknown error)'],
    [
      '{"errors":[{"code":"DENIED","message":"denied","detail":[{"Type":"repository","Name":"a/b","Action":"push"}]}]}',
      '403 (DENIED: denied: Type: repository, Name: a/b, Action: push)',
    ],
    [
      '{"errors":[{"code":"X","message":"refused","detail":"Repository does not allow updating assets"}]}',
      '403 (X: refused: Repository does not allow updating assets)',
    ],
    ['{"errors":[{"code":"X","message":"is refused: no","detail":"no"}]}', '403 (X: is refused: no)'],
    ['{"detail":"You may not do that."}', '403 (You may not do that.)'],
    ['{"details":"incorrect username or password"}', '403 (incorrect username or password)'],
    ['{"error":"invalid_grant","error_description":"expired"}', '403 (expired)'],
    ['plain words', '403 (plain words)'],
    ['<html><body>long page</body></html>', '403 with a web page'],
    ['', '403'],
    ['x'.repeat(400), `403 (${'x'.repeat(300)}…)`],
  ])('tells what the body %s says', (text, expected) => {
    expect(classify(403, text).message).toBe(
      `cannot get the manifest of r.example.com/a/b:1: r.example.com answered ${expected}`,
    );
  });

  it.each([
    [429, '120', 120_000],
    [429, 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    [429, undefined, undefined],
    [503, '7', 7000],
    [503, undefined, undefined],
  ])('a %i with Retry-After %s asks for %s ms', (status, header, expected) => {
    const headers = header === undefined ? {} : { 'retry-after': header };
    expect(classify(status, '', 'manifest', headers).retryAfterMs).toBe(expected);
  });

  it.each<[number, string, Subject, ErrorCode]>([
    [403, oci('DENIED', HARBOR_QUOTA), 'manifest', 'STORAGE_FULL'],
    [403, oci('DENIED', HARBOR_QUOTA), 'upload', 'STORAGE_FULL'],
    [403, oci('DENIED', 'Quota has been exceeded on namespace'), 'blob', 'STORAGE_FULL'],
    [
      403,
      oci('DENIED', 'You have exceeded your storage quota. Delete one or more images'),
      'upload',
      'STORAGE_FULL',
    ],
    [400, oci('UNKNOWN', 'add 1 of count resource overflow the hard limit'), 'manifest', 'STORAGE_FULL'],
    [
      413,
      oci('DENIED', 'Quota exceeded when processing the request of adding 1.3 MiB'),
      'manifest',
      'STORAGE_FULL',
    ],
    [403, oci('DENIED', "Quota exceeded for quota metric 'Requests per project'"), 'manifest', 'DENIED'],
    [403, oci('DENIED', 'bandwidth quota exceeded'), 'blob', 'DENIED'],
    [429, oci('TOOMANYREQUESTS', 'quota exceeded'), 'manifest', 'RATE_LIMITED'],
    [401, oci('UNAUTHORIZED', 'quota exceeded'), 'manifest', 'UNAUTHORIZED'],
    [403, oci('DENIED', 'quota exceeded'), 'catalog', 'DENIED'],
  ])('a quota: %i %s about a %s is %s', (status, text, subject, code) => {
    expect(classify(status, text, subject).code).toBe(code);
  });

  it.each<[number, string, string]>([
    [412, 'PRECONDITION', "Failed to process request due to 'app:v1' configured as immutable."],
    [400, 'TAG_INVALID', ECR_IMMUTABLE],
    [403, 'DENIED', 'tag is immutable'],
    [409, 'TAG_IMMUTABLE', ''],
    [400, 'UNKNOWN', 'Repository does not allow updating assets: docker'],
  ])('an immutable tag that has moved, told by %i %s %j', (status, code, message) => {
    expect(classify(status, oci(code, message))).toMatchObject({
      code: 'REQUEST_REFUSED',
      kind: 'permanent',
      hint: expect.stringContaining('immutable tags'),
    });
    expect(classify(status, oci(code, message), 'upload').hint ?? '').not.toContain('immutable tags');
  });

  it('tells content that a push is said to lack from content that a source has lost', () => {
    const lacking = oci('MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry');
    expect(classify(400, lacking, 'manifest').hint).toContain('content that it was sent');
    expect(classify(404, '', 'blob').hint).toContain('push the image there again');
  });

  it('points to web pages and to rights where that is the likely cause', () => {
    expect(classify(200, '<html>').hint).toContain('web page');
    expect(classify(403, '', 'catalog').hint).toContain('administrators');
    expect(classify(404, '', 'registry').hint).toContain('/v2/');
    expect(classify(407).hint).toContain('HTTPS_PROXY');
  });

  it.each([
    ['Negotiate, NTLM', 'by negotiate and ntlm, and was shown none'],
    ['Bearer service="x"', 'with the realm of a token server'],
    ['Negotiate, Basic realm="x"', 'are the credentials of this registry right'],
    ['', 'are the credentials of this registry right'],
  ])('a login that is wanted by %j: %s', (challenge, hint) => {
    expect(classify(401, '', 'manifest', { 'www-authenticate': challenge }).hint).toContain(hint);
  });

  it('says that a proxy on the way may not reach the registry', () => {
    const response = { status: 502, headers: {}, text: '', proxy: 'proxy:3128' };
    const context = { registry: 'r.example.com', subject: 'manifest', action: 'get it' } as const;
    expect(responseError(response, context, NOW).hint).toContain('can the proxy proxy:3128 not reach it');
    expect(classify(502).hint).not.toContain('NO_PROXY');
  });

  it.each([
    ['a code', oci('A'.repeat(65_000))],
    ['a message', oci('X', '\n'.repeat(30_000))],
    ['a wide and deep detail', JSON.stringify({ errors: [{ code: 'X', detail: deep(5) }] })],
    ['a code that is a deep list', `{"errors":[{"code":${'['.repeat(30_000)}${']'.repeat(30_000)}}]}`],
    ['no code but text', 'x'.repeat(65_000)],
  ])('cuts what is much too long: %s', (_title, text) => {
    const error = classify(418, text);
    expect(error).toMatchObject({ code: 'REQUEST_REFUSED' });
    expect(error.message.length).toBeLessThan(500);
  });
});
