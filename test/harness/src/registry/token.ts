import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate-authority.ts';

export interface GrantedAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface TokenClaims {
  readonly issuer: string;
  readonly service: string;
  readonly account: string;
  readonly expiresInSeconds: number;
  readonly access: readonly GrantedAccess[];
}

// docker-registry 2.8 accepts tokens for 60 s longer than they say (registry/auth/token/token.go, Leeway).
const LEEWAY_SECONDS = 60;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A JSON web token (ES256) as docker-registry wants it, with the signer's certificate in its header.
 *
 * It is dated back by the registry's leeway, so that it is refused when `expiresInSeconds` are over.
 *
 * @see https://github.com/distribution/distribution/blob/v2.8.2/docs/spec/auth/jwt.md
 */
export function signToken(claims: TokenClaims, signer: Certificate): string {
  const certificate = new X509Certificate(signer.cert).raw.toString('base64');
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate] };
  const nowSeconds = Math.floor(Date.now() / 1000);
  const payload = {
    iss: claims.issuer,
    aud: claims.service,
    sub: claims.account,
    iat: nowSeconds - LEEWAY_SECONDS,
    nbf: nowSeconds - LEEWAY_SECONDS,
    exp: nowSeconds - LEEWAY_SECONDS + claims.expiresInSeconds,
    jti: randomUUID(),
    access: claims.access,
  };
  const signed = `${encode(header)}.${encode(payload)}`;
  const key = { key: signer.key, dsaEncoding: 'ieee-p1363' } as const;
  return `${signed}.${createSign('sha256').update(signed).sign(key, 'base64url')}`;
}
