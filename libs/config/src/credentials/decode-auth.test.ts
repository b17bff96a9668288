import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAuth } from './decode-auth.ts';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

describe('config/credentials/decode-auth', () => {
  it('gives back every username and password in JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (username, password) => {
        expect(decodeAuth(base64(JSON.stringify({ username, password })))).toEqual({ username, password });
      }),
    );
  });

  it('splits other text at its first colon', () => {
    const user = fc.stringMatching(/^[a-z0-9%"\\]+$/);
    fc.assert(
      fc.property(user, fc.string({ unit: 'grapheme' }), (username, password) => {
        expect(decodeAuth(base64(`${username}:${password}`))).toEqual({ username, password });
      }),
    );
  });

  it.each([
    ['keys in any case', '{"Username": "joe", "PASSWORD": "secret"}', 'joe', 'secret'],
    ['further keys', '{"username": "joe", "password": "secret", "email": 5}', 'joe', 'secret'],
    ['null as absent', '{"username": "joe", "password": null}', 'joe', ''],
    ['an empty object as no credentials', '{}', '', ''],
    ['a line end as part of the password', 'joe:secret\n', 'joe', 'secret\n'],
    ['a pair that begins like JSON', '{joe:secret', '{joe', 'secret'],
    ['a JSON list as a pair', '["a:b"]', '["a', 'b"]'],
  ])('takes %s', (_what, text, username, password) => {
    expect(decodeAuth(base64(text))).toEqual({ username, password });
  });

  it('passes over line ends inside the base64', () => {
    expect(decodeAuth('am9l\r\nOnM=\n')).toEqual({ username: 'joe', password: 's' });
  });

  it.each([
    ['base64url', 'am9lOj8_Pz4-'],
    ['missing padding', 'am9lOnMxMg'],
    ['blanks', 'am9l OnM='],
    ['plain text', 'joe:secret'],
    ['text without colon', base64('joe')],
    ['a number as password', base64('{"username": "joe", "password": 5}')],
    ['bytes that are not UTF-8', Buffer.from([0x6a, 0x3a, 0xff]).toString('base64')],
  ])('refuses %s without repeating it', (_what, auth) => {
    const decoded = decodeAuth(auth);
    expect(decoded).toHaveProperty('problem');
    expect(JSON.stringify(decoded)).not.toContain(auth);
  });
});
