import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isSyncError, SyncError, toSyncError } from './errors.ts';
import { Secret } from './secret.ts';
import { redact } from './text/redact.ts';

describe('model/errors', () => {
  it('takes its kind from the code', () => {
    expect(new SyncError('MANIFEST_UNKNOWN', { message: 'x' }).kind).toBe('permanent');
    expect(new SyncError('RATE_LIMITED', { message: 'x' }).kind).toBe('rate-limited');
  });

  it('keeps what it knows when it is located', () => {
    const error = new SyncError('DENIED', { message: 'no', side: 'target', hint: 'ask' });
    const located = error.located({ side: 'source', reference: 'a/b:c' });
    expect(located.toJSON()).toEqual({
      kind: 'permanent',
      code: 'DENIED',
      message: 'no',
      hint: 'ask',
      side: 'target',
      reference: 'a/b:c',
    });
  });

  it.each([
    [7_000, { retryAfterMs: 7_000 }],
    [Number.POSITIVE_INFINITY, {}],
    [Number.NaN, {}],
  ])('travels with a wait of %d ms as what JSON can hold', (retryAfterMs, told) => {
    const error = new SyncError('RATE_LIMITED', { message: 'wait', retryAfterMs });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      kind: 'rate-limited',
      code: 'RATE_LIMITED',
      message: 'wait',
      ...told,
    });
  });

  it('turns anything else into INTERNAL with the original as cause', () => {
    const cause = new TypeError('x is not a function');
    const error = toSyncError(cause);
    expect(error).toMatchObject({ code: 'INTERNAL', kind: 'retryable', cause });
    expect(error.message).toContain('x is not a function');
  });

  it('passes a SyncError through', () => {
    const error = new SyncError('TIMED_OUT', { message: 'x' });
    expect(toSyncError(error)).toBe(error);
    expect(isSyncError(new Error('x'))).toBe(false);
  });

  it('redacts message and hint at construction', () => {
    const error = new SyncError('NETWORK_FAILED', {
      message: 'GET https://bob:hunter2@example.com/v2/ failed',
      hint: 'Authorization was Bearer abcdefghijkl',
    });
    expect(JSON.stringify(error)).not.toMatch(/hunter2|abcdefghijkl/);
  });
});

describe('model/redact', () => {
  it.each([
    ['redis://:s3cret@127.0.0.1:6379/0', 's3cret'],
    ['https://user:p%40ss@host/path', 'p%40ss'],
    ['Authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['https://blobs.example.com/x?X-Amz-Signature=0123abcd&y=1', '0123abcd'],
    ['{"access_token":"eyJhbGciOi"}', 'eyJhbGciOi'],
  ])('hides the secret of %s', (text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('***');
  });

  it('leaves ordinary text alone', () => {
    const text = 'manifest docker.io/library/busybox:1.36@sha256:abc is unknown (404)';
    expect(redact(text)).toBe(text);
  });
});

describe('model/secret', () => {
  it('prints as *** in every form', () => {
    const secret = new Secret('hunter2');
    expect(`${secret} ${JSON.stringify({ secret })} ${inspect({ secret })}`).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});
