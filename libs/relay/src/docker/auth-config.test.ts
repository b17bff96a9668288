import { Secret } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { authConfig } from './auth-config.ts';

describe('relay/docker/auth-config', () => {
  it('is empty where nobody is to be logged in', () => {
    expect(authConfig('a.example', undefined)).toEqual({});
  });

  it('holds name and password as they are', () => {
    const secret = new Secret(`p%s"\\: {x} Grüße`);
    expect(authConfig('a.example', { username: 'joe', secret })).toEqual({
      serveraddress: 'a.example',
      username: 'joe',
      password: `p%s"\\: {x} Grüße`,
    });
  });

  it('sends an identity token as one', () => {
    const credentials = { username: '<token>', secret: new Secret('refresh'), isIdentityToken: true };
    expect(authConfig('a.example', credentials)).toEqual({
      serveraddress: 'a.example',
      identitytoken: 'refresh',
    });
  });
});
