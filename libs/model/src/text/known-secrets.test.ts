import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownSecrets, keepSecret, keepToken } from './known-secrets.ts';
import { redact } from './redact.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('model/text/known-secrets', () => {
  it.each([
    ['as it is', 'it was pa$$w/rd+%"x, wasn\u0027t it'],
    ['in base64', `it was ${base64('pa$$w/rd+%"x')}`],
    ['with the name in front, in base64', `it was ${base64('joe:pa$$w/rd+%"x')}`],
    ['within the base64 of more', `it was ${base64('x:joe:pa$$w/rd+%"x and more')}`],
    ['within the base64 of still more', `it was ${base64('xy:joe:pa$$w/rd+%"x and more')}`],
    ['in hex', `it was ${Buffer.from('pa$$w/rd+%"x').toString('hex')}`],
    ['in URL-safe base64 without an end', `it was ${Buffer.from('joe:pa$$w/rd+%"x').toString('base64url')}`],
    ['in a URL', `https://x/?a=${encodeURIComponent('pa$$w/rd+%"x')}&b=1`],
    ['in a form', `a=1&${new URLSearchParams({ password: 'pa$$w/rd+%"x' })}`],
    ['in a URL with small letters', `https://x/?a=${encodeURIComponent('pa$$w/rd+%"x').toLowerCase()}&b=1`],
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
      secrets.add(`${number}-is-a-secret!`);
      secrets.add('always in use');
    }
    expect(secrets.size).toBe(512);
    const text = '0-is-a-secret! 599-is-a-secret! always in use';
    expect(secrets.removedFrom(text)).toBe('0-is-a-secret! *** ***');
  });

  it('takes a long secret out by its beginning, with all that follows of it', () => {
    const secrets = new KnownSecrets();
    const token = Array.from({ length: 900 }, (_, index) => index.toString(36)).join('');
    secrets.add(token);
    for (const form of [token, base64(token), encodeURIComponent(token)])
      expect(secrets.removedFrom(`a "${form}" b`)).toBe('a "***" b');
  });

  it.each([
    'registry-1.docker.io',
    'connection',
    'certificate',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  ])('lets no token server take the word %s out of messages', (word) => {
    keepToken(word);
    expect(redact(`cannot reach ${word}`)).toBe(`cannot reach ${word}`);
  });

  it('tells secrets apart however alike they begin, and takes nothing out that is none', () => {
    const secrets = new KnownSecrets();
    const passwords = Array.from({ length: 30 }, (_, number) => `Prod-pass-${number}x`);
    for (const password of passwords) secrets.add(password);
    for (const password of passwords) expect(secrets.removedFrom(`as ${password}!`)).toBe('as ***!');
    for (let number = 0; number < 30; number += 1)
      secrets.add(`registry-1.docker.io/AAAAAAAAA${number}`, 'oauth2accesstoken-and-more');
    const text =
      'cannot get the manifest registry-1.docker.io/library/busybox:1.36 as oauth2accesstoken-and-more';
    expect(secrets.removedFrom(text)).toBe(text);
  });

  it('takes a long passphrase out to its end', () => {
    const secrets = new KnownSecrets();
    const words = Array.from({ length: 12 }, (_, number) => `word${number}`).join(' ');
    secrets.add(words, 'joe');
    expect(secrets.removedFrom(`it was "${words}", in base64 "${base64(`joe:${words}`)}"`)).toBe(
      'it was "***", in base64 "***"',
    );
  });

  it('lets tokens push no login out', () => {
    keepSecret('a login of the config');
    for (let number = 0; number < 5_000; number += 1) keepToken(`${number}-TOKEN-OF-A-HOSTILE-SERVER`);
    expect(redact('it was: a login of the config')).toBe('it was: ***');
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

  it.each([
    ['as JWTs begin', (number: number) => `eyJhbGciOiJSUzI1NiJ9.${number}.xxxxxxxxxx`],
    [
      'of one letter but for their ends',
      (number: number) => `${'a'.repeat(7_994)}${String(number).padStart(6, '0')}`,
    ],
    [
      'of one letter but for the end of what is compared',
      (number: number) => `${'a'.repeat(55)}${String(number).padStart(9, '0')}`,
    ],
    ['that are short', (number: number) => `aaaa${String(number).padStart(4, '0')}`],
  ])('takes a moment for a text of beginnings of secrets %s', (_title, make) => {
    const secrets = new KnownSecrets();
    for (let number = 0; number < 512; number += 1) secrets.add(make(number));
    const before = process.threadCpuUsage();
    for (const text of ['a'.repeat(24 * 1024), 'eyJhbGciOiJSUzI1NiJ9.'.repeat(1_200)])
      secrets.removedFrom(text);
    expect(process.threadCpuUsage(before).user).toBeLessThan(500_000);
  });
});
