import { trimSpace } from '../regex/trim.ts';

// A blank behind one of these does not end a token, so `>= 1.0.0` is one.
const JOINS_NEXT = new Set(['>', '<', '=']);

export interface RangeTokens {
  readonly tokens: readonly string[];
  /** Tokens of a single byte, which dregsy's range parser passes over. */
  readonly ignored: readonly string[];
}

/**
 * Splits a range at ASCII blanks, the way of blang/semver's `ParseRange`: other white space does not split, and a token of one byte is
 * passed over, so `! 1.0.0` is `1.0.0`.
 */
export function splitTokens(text: string): RangeTokens {
  const tokens: string[] = [];
  const ignored: string[] = [];
  let token = '';
  let last = '';
  const finish = (): void => {
    if (Buffer.byteLength(token) > 1) tokens.push(token.replaceAll(' ', ''));
    else if (token !== '') ignored.push(token);
    token = '';
  };
  for (const char of text) {
    if (char === ' ' && !JOINS_NEXT.has(last)) {
      finish();
    } else {
      token += char;
      if (char !== ' ') last = char;
    }
  }
  finish();
  return { tokens, ignored };
}

/** A token's text before its first digit, without blanks, and the rest; absent when there is no digit. */
export function splitOperator(
  token: string,
): { readonly operator: string; readonly version: string } | undefined {
  const start = token.search(/\p{Nd}/u);
  if (start < 0) return undefined;
  return { operator: trimSpace(token.slice(0, start)), version: token.slice(start) };
}
