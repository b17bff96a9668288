import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutCredentials } from './credentials.ts';
import { redact } from './redact.ts';

describe('model/text/redact', () => {
  it.each([
    ['http://joe:hunter2@proxy:3128/', 'http://***@proxy:3128/'],
    ['http://joe:hun/ter2@proxy', 'http://***@proxy'],
    ['http://joe:hun@ter2@proxy', 'http://***@proxy'],
    ['http://joe:hun?ter#2@proxy', 'http://***@proxy'],
    ['https://token@proxy', 'https://***@proxy'],
    [
      'proxy "http://joe:hunter2@proxy" and http://jim:hunter2@other',
      'proxy "http://***@proxy" and http://***@other',
    ],
    ['Authorization: Bearer abc.def-ghi_jkl', 'Authorization: Bearer ***'],
    ['authorization: basic am9lOmh1bnRlcjI=', 'authorization: basic ***'],
    ['https://s3/x?a=1&X-Amz-Signature=abc&b=2', 'https://s3/x?a=1&X-Amz-Signature=***&b=2'],
    ['{"Secret":"p\\"x","Username":"joe"}', '{"Secret":"***","Username":"joe"}'],
    ['{"token":"back\\\\","a":"b"}', '{"token":"***","a":"b"}'],
    ['{"password": "never ends', '{"password": "***"'],
  ])('takes the secret out of %s', (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each([
    'docker://registry.example.com/app@sha256:abc',
    'docker://registry.example.com:5000/team/app@sha256:abc',
    'docker://registry.example.com:5000/team/app:1.0@sha256:abc',
    'docker://[::1]:5000/app@sha256:abc',
    'https://registry.example.com:5000/v2/app/manifests/1.0',
    'cannot copy registry.example.com/app:1.0@sha256:0123 to https://other.example.com',
    'GET https://registry.example.com/v2/ by joe@example.com',
    '{"message":"the token is gone"}',
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  const user = fc.stringMatching(/^[a-z]{1,8}$/);
  const anything = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => `S3CRET${text}S3CRET`);
  const inUrl = fc.stringMatching(/^[!-~]{1,12}$/).map((text) => `S3CRET${text}S3CRET`);

  it('lets no password of a URL through, whatever it is made of', () => {
    fc.assert(
      fc.property(user, inUrl, (name, secret) => {
        expect(redact(`proxy http://${name}:${secret}@proxy.example.com:3128 failed`)).not.toContain(
          'S3CRET',
        );
      }),
    );
  });

  it.each([
    ['"127.0.0.1:1/https:/joe:S3CRET@x/y"', '"127.0.0.1:1/https:/***@x/y"'],
    ['hub.test/http:/joe:S3C@RET@x/y:1', 'hub.test/http:/***@x/y:1'],
  ])('knows a URL that lost a slash where a path was made of it: %s', (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each(['Secret', 'password', 'identitytoken', 'access_token', 'auth'])(
    'lets no "%s" of a JSON text through, whatever it is made of',
    (field) => {
      fc.assert(
        fc.property(anything, anything, (secret, other) => {
          const text = JSON.stringify({ Username: 'joe', [field]: secret, more: 1 });
          expect(redact(`helper said ${text} and ${JSON.stringify({ [field]: other })}`)).not.toContain(
            'S3CRET',
          );
        }),
      );
    },
  );

  it('cuts a long text between words, and says how long it was', () => {
    const text = `${'word '.repeat(2_000)}https://joe:hunter2@proxy`;
    expect(redact(text)).toMatch(/^(?:word ){1637}word… \(10025 characters\)$/);
  });

  it.each([
    ['a password', `https://joe:S3CRET${'x'.repeat(20_000)}@proxy`],
    ['a token in JSON', `{"token":"S3CRET${'x'.repeat(20_000)}"}`],
    ['an authorization', `${'x '.repeat(4_000)}Bearer S3CRET${'x'.repeat(20_000)}`],
    ['a password near the cut', `${'x'.repeat(8_150)} https://joe:S3CRETS3CRET/S3CRETS3CRETS3CRET@proxy`],
    ['a password where no word ends', `${'x'.repeat(8_150)}://joe:S3CRET/${'y'.repeat(9_000)}@proxy`],
  ])('lets no part of %s through where a long text is cut', (_title, text) => {
    expect(redact(text)).not.toContain('S3CRET');
  });

  it.each([
    'https://',
    'a://b:',
    '://a:1/',
    'a@sha256:',
    'bearer ',
    '?sig=',
    '"token": ',
    '"token":"\\',
    'x',
  ])('takes out what looks like a credential of a megabyte of %j in a moment', (seed) => {
    const text = seed.repeat(1024 * 1024);
    const before = process.cpuUsage();
    expect(withoutCredentials(text.slice(0, 1024 * 1024))).toBeTypeOf('string');
    expect(redact(text).length).toBeLessThan(10_000);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(user, inUrl, (name, secret) => {
        const once = redact(`http://${name}:${secret}@proxy {"Secret":${JSON.stringify(secret)}}`);
        expect(redact(once)).toBe(once);
      }),
    );
  });
});
