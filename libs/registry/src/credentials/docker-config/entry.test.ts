import { describe, expect, it } from 'vitest';
import { entryCredentials } from './entry.ts';
import { type AuthEntry, parseAuthFile } from './schema.ts';

const read = (entry: AuthEntry) => {
  const file = parseAuthFile('config.json', JSON.stringify({ auths: { 'a.io': entry } }));
  const credentials = entryCredentials(file, 'a.io', file.auths.get('a.io') ?? {});
  return credentials && { ...credentials, secret: credentials.secret.reveal() };
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('registry/credentials/docker-config/entry', () => {
  it.each(['pa%ss', 'a"b', 'back\\slash', 'with:colon', ' two words ', 'pässwörd-🔑', '%20"\\: é'])(
    'keeps the password %j as it is',
    (password) => {
      expect(read({ auth: base64(`user:${password}`) })).toEqual({ username: 'user', secret: password });
      expect(read({ username: 'user', password })).toEqual({ username: 'user', secret: password });
    },
  );

  it('prefers the identity token to the password', () => {
    const entry = { auth: base64('user:'), identitytoken: 'refresh' };
    expect(read(entry)).toEqual({ username: 'user', secret: 'refresh', isIdentityToken: true });
  });

  it('finds nothing in the empty entry that docker leaves where a helper keeps the login', () => {
    expect(read({})).toBeUndefined();
  });

  it('refuses a registry token that stands alone, instead of becoming anonymous', () => {
    expect(() => read({ registrytoken: 's3cret' })).toThrow(
      expect.objectContaining({
        code: 'CREDENTIALS_INVALID',
        message: expect.stringMatching(/^config\.json: auths\["a\.io"\] holds a registrytoken(?!.*s3cret)/),
      }),
    );
    expect(read({ auth: base64('user:p'), registrytoken: 's3cret' })).toMatchObject({ secret: 'p' });
  });

  it.each([
    ['text that is not base64', '!!not-base64!!'],
    ['no colon', base64('useronly')],
    ['no user', base64(':password')],
    ['bytes that are not UTF-8', Buffer.from([0x75, 0x3a, 0xff, 0xfe]).toString('base64')],
  ])('refuses %s without quoting it', (_title, auth) => {
    const attempt = (): unknown => read({ auth });
    expect(attempt).toThrow(expect.objectContaining({ code: 'CREDENTIALS_INVALID' }));
    expect(attempt).not.toThrow(expect.objectContaining({ message: expect.stringContaining(auth) }));
  });
});

describe('registry/credentials/docker-config/schema', () => {
  it.each([
    ['broken JSON', '{"auths": {"a.io": {"auth": "c2VjcmV0'],
    ['a list', '[]'],
    ['a wrong type', '{"auths": {"a.io": {"auth": 5}}}'],
  ])('refuses %s and names the file only', (_title, text) => {
    const attempt = (): unknown => parseAuthFile('/etc/config.json', text);
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'CREDENTIALS_INVALID',
        message: expect.stringContaining('/etc/config.json'),
      }),
    );
    expect(attempt).not.toThrow(/c2VjcmV0/);
  });

  it('takes an empty file for one without logins', () => {
    expect(parseAuthFile('auth.json', '\n').auths.size).toBe(0);
  });
});
