import { parseJson } from '@regfleet/model';
import { z } from 'zod';

export type DecodedAuth =
  | { readonly username: string; readonly password: string }
  | { readonly problem: string; readonly hint: string };

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const HINT = `write base64 of {"username": "...", "password": "..."}, e.g. with: echo -n '{...}' | base64 -w0`;

/** The credentials in `auth`: base64 of a JSON object or of `username:password`. Both parts empty: no credentials. */
export function decodeAuth(auth: string): DecodedAuth {
  // Go's decoder passes over line ends, and over nothing else.
  const compact = auth.replace(/[\r\n]/g, '');
  if (!BASE64.test(compact)) return { problem: 'not standard base64 with padding', hint: HINT };
  const text = utf8(Buffer.from(compact, 'base64'));
  if (text === undefined) return { problem: 'the decoded text is not UTF-8', hint: HINT };
  return fromJson(text) ?? fromPair(text);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const part = z.string().nullish();

/** Undefined when the text is no JSON object. Go matches the keys in any case. */
function fromJson(text: string): DecodedAuth | undefined {
  const object = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (!object.success) return undefined;
  const found = new Map(Object.entries(object.data).map(([key, value]) => [key.toLowerCase(), value]));
  const username = part.safeParse(found.get('username'));
  const password = part.safeParse(found.get('password'));
  if (!username.success || !password.success) {
    return { problem: 'username and password in the decoded JSON must be strings', hint: HINT };
  }
  return { username: username.data ?? '', password: password.data ?? '' };
}

function fromPair(text: string): DecodedAuth {
  const colon = text.indexOf(':');
  if (colon < 0) {
    return text === ''
      ? { username: '', password: '' }
      : { problem: 'the decoded text is neither a JSON object nor username:password', hint: HINT };
  }
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
