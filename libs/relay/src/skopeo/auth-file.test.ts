import { Secret } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { authFile } from './auth-file.ts';

function entry(text: string, registry: string): { auth: string; identitytoken?: string } {
  return JSON.parse(text).auths[registry];
}

describe('relay/skopeo/auth-file', () => {
  it.each(['plain', 'with "quotes" and \\', '100% {colon:s}', ' blanks ', 'Grüße, 世界'])(
    'holds the password %j unharmed',
    (password) => {
      const text = authFile('r.example:5000', { username: 'user', secret: new Secret(password) });
      const decoded = Buffer.from(entry(text, 'r.example:5000').auth, 'base64').toString('utf8');
      expect(decoded).toBe(`user:${password}`);
    },
  );

  it('gives an identity token as such', () => {
    const credentials = { username: '<token>', secret: new Secret('refresh'), isIdentityToken: true };
    expect(entry(authFile('r.example', credentials), 'r.example')).toEqual({
      auth: Buffer.from('<token>:').toString('base64'),
      identitytoken: 'refresh',
    });
  });
});
