/** A JWT that nobody signed, for clients that only read its expiry. */
export function unsignedJwt(id: number, lifetimeSeconds: number): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + lifetimeSeconds;
  return `${encode({ alg: 'none' })}.${encode({ jti: String(id), exp })}.`;
}
