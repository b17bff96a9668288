import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownSecrets, keepSecret } from './known-secrets.ts';
import { redact } from './redact.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('model/text/known-secrets', () => {
  it.each([
    ['as it is', 'it was pa$$w/rd+%"x, wasn\u0027t it'],
    ['in base64', `it was ${base64('pa$$w/rd+%"x')}`],
    ['with the name in front, in base64', `it was ${base64('joe:pa$$w/rd+%"x')}`],
    ['in URL-safe base64 without an end', `it was ${Buffer.from('joe:pa$$w/rd+%"x').toString('base64url')}`],
    ['in a URL', `https://x/?a=${encodeURIComponent('pa$$w/rd+%"x')}&b=1`],
    ['in a form', `a=1&${new URLSearchParams({ password: 'pa$$w/rd+%"x' })}`],
    ['in JSON', JSON.stringify({ said: 'pa$$w/rd+%"x' })],
    ['twice, in the middle of words', 'xpa$$w/rd+%"xpa$$w/rd+%"x'],
  ])('takes a secret out of a text %s', (_title, text) => {
    const secrets = new KnownSecrets();
    secrets.add('pa$$w/rd+%"x', 'joe');
    const clean = secrets.removedFrom(text);
    expect(clean).toContain('***');
    for (const part of ['w/rd', base64('pa$$w/rd').slice(0, 8), 'cGEkJHc', '%24%24'])
      expect(clean).not.toContain(part);
  });

  it('takes a short secret away only where it stands alone', () => {
    const secrets = new KnownSecrets();
    secrets.add('test');
    expect(secrets.removedFrom('the latest "test", test.')).toBe('the latest "***", ***.');
  });

  it('keeps the last 512, the ones used last', () => {
    const secrets = new KnownSecrets();
    for (let number = 0; number < 600; number += 1) {
      secrets.add(`secret-number-${number}!`);
      secrets.add('always in use');
    }
    expect(secrets.size).toBe(512);
    const text = 'secret-number-0! secret-number-599! always in use';
    expect(secrets.removedFrom(text)).toBe('secret-number-0! *** ***');
  });

  it('keeps nothing that is too long to be one', () => {
    const secrets = new KnownSecrets();
    secrets.add('x'.repeat(1024 * 1024));
    expect(secrets.size).toBe(0);
  });

  it('lets no part of a secret through, wherever a long text is cut', () => {
    const secret = Array.from({ length: 60 }, (_, index) => `S3CRET${index}`).join('-');
    keepSecret(secret);
    fc.assert(
      fc.property(fc.nat({ max: 26_000 }), fc.nat({ max: 3 }), (before, blanks) => {
        const text = `${(' '.repeat(blanks) || 'x').repeat(before).slice(0, before)}${secret}${'y'.repeat(20_000)}`;
        expect(redact(text)).not.toMatch(/S3CRET/);
      }),
    );
  });

  it('takes a moment for a text that is made of beginnings of secrets', () => {
    const secrets = new KnownSecrets();
    for (let number = 0; number < 512; number += 1) secrets.add(`eyJhbGciOiJSUzI1NiJ9.${number}.xxxxxxxxxx`);
    const before = process.cpuUsage();
    secrets.removedFrom('eyJhbGciOiJSUzI1NiJ9.'.repeat(1_200));
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});
