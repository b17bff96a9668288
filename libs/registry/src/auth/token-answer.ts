import { keepToken, parseJson, SyncError } from '@regfleet/model';
import { z } from 'zod';
import { isHeaderValue } from '../http/header-value.ts';

export interface Token {
  readonly text: string;
  /** Epoch milliseconds after which a new one is asked for. */
  readonly useUntilMs: number;
}

// https://distribution.github.io/distribution/spec/auth/token/#token-response-fields
const tokenSchema = z
  .object({
    token: z.string().nullish(),
    access_token: z.string().nullish(),
    expires_in: z.coerce.number().nullish().catch(undefined),
    issued_at: z.string().nullish().catch(undefined),
  })
  .transform(({ token, access_token, expires_in, issued_at }) => ({
    text: token || access_token || '',
    expiresInSeconds: expires_in && expires_in > 0 ? expires_in : DEFAULT_LIFETIME_SECONDS,
    issuedAt: issued_at,
  }));

// The longest that clouds issue have some kilobytes; servers refuse longer headers.
const MAX_TOKEN_LENGTH = 64 * 1024;

// Of RFC 3339, with more digits than anybody writes.
const MAX_DATE_LENGTH = 64;

// The specification's value where a server gives none.
const DEFAULT_LIFETIME_SECONDS = 60;

// A request that leaves just before the expiry must still find its token valid when it arrives.
const MARGIN_MS = 10_000;
const MARGIN_SHARE = 0.2;

/**
 * The token in a token server's answer.
 *
 * @param times.serverMs - the server's own clock from its `Date` header, so that an age can be told without trusting ours.
 * @throws {SyncError} `RESPONSE_INVALID`
 */
export function parseToken(
  text: string,
  times: { readonly nowMs: number; readonly serverMs?: number | undefined },
  where: { readonly registry: string; readonly realm: string },
): Token {
  const parsed = tokenSchema.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.text === '') throw invalidToken('gave no token', where);
  const { length } = parsed.data.text;
  if (length > MAX_TOKEN_LENGTH || !isHeaderValue(parsed.data.text))
    throw invalidToken('gave a token that no request can carry', where);
  keepToken(parsed.data.text);
  const { expiresInSeconds, issuedAt } = parsed.data;
  const lifetimeMs = expiresInSeconds * 1000;
  const marginMs = Math.min(MARGIN_MS, lifetimeMs * MARGIN_SHARE);
  const ageMs = ageOf(issuedAt, times.serverMs, lifetimeMs);
  return { text: parsed.data.text, useUntilMs: times.nowMs + lifetimeMs - ageMs - marginMs };
}

/** @param what - it did, after its name. */
export const invalidToken = (
  what: string,
  where: { readonly registry: string; readonly realm: string },
): SyncError =>
  new SyncError('RESPONSE_INVALID', {
    message: `the token server ${where.realm} of ${where.registry} ${what}`,
    hint: 'is a login page or proxy in between?',
    registry: where.registry,
  });

/** Zero where the two clocks cannot be compared. */
function ageOf(
  issuedAt: string | null | undefined,
  serverMs: number | undefined,
  lifetimeMs: number,
): number {
  if (!issuedAt || serverMs === undefined) return 0;
  const ageMs = serverMs - Date.parse(issuedAt.slice(0, MAX_DATE_LENGTH));
  return ageMs > 0 && ageMs < lifetimeMs ? ageMs : 0;
}
