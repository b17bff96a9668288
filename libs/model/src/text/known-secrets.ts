// Logins and tokens in use at a time; the ones that were used longest ago go first.
const MAX_SECRETS = 512;
// Shorter ones are ordinary words more often than secrets.
const MIN_LENGTH = 4;
// Below it a secret is taken away only where it stands alone, so that messages stay readable.
const ANYWHERE_FROM = 8;
// Of a longer secret its beginning is looked for, and what may belong to it is taken away with it.
const NEEDLE_LENGTH = 64;
// By how many characters needles are found, the longer ones and the short ones.
const KEY_LENGTHS = [16, MIN_LENGTH] as const;
// More needles with one beginning become that beginning: whoever chooses secrets must not choose how much there is to compare.
const MAX_ALIKE = 8;

// What tokens and their forms in URLs and base64 are made of.
const REST_OF_TOKEN = /[\w.~+/=%-]*/y;

/**
 * The secrets that a process has in use, so that they can be taken out of whatever somebody answers or prints: a registry
 * may send back what it was shown.
 *
 * What a text costs grows with its length, and with nothing that others choose.
 */
export class KnownSecrets {
  readonly #needlesOf = new Map<string, readonly string[]>();
  readonly #index = new NeedleIndex();

  get size(): number {
    return this.#needlesOf.size;
  }

  /** @param username - absent: it is shown by itself, as a token is. */
  add(secret: string, username?: string): void {
    const key = `${username ?? ''}\n${secret.slice(0, 2 * NEEDLE_LENGTH)}`;
    const known = this.#needlesOf.get(key);
    this.#needlesOf.delete(key);
    const needles = known ?? needlesOf(secret, username);
    if (needles.length === 0) return;
    this.#needlesOf.set(key, needles);
    if (known !== undefined) return;
    for (const needle of needles) this.#index.add(needle);
    for (const [oldest, gone] of this.#needlesOf) {
      if (this.#needlesOf.size <= MAX_SECRETS) break;
      this.#needlesOf.delete(oldest);
      for (const needle of gone) this.#index.remove(needle);
    }
  }

  /** `text` with `***` in place of every secret, whichever way it is written. */
  removedFrom(text: string): string {
    if (this.#needlesOf.size === 0) return text;
    let clean = '';
    let done = 0;
    for (let at = 0; at <= text.length - MIN_LENGTH; at += 1) {
      const found = this.#index.find(text, at);
      if (found === undefined) continue;
      clean += `${text.slice(done, at)}***`;
      done = endOf(text, at, found);
      at = done - 1;
    }
    return clean + text.slice(done);
  }
}

/** Beginnings of secrets, by their own first characters. */
class NeedleIndex {
  readonly #byKey = new Map<string, Map<string, number>>();

  add(needle: string): void {
    const alike = this.#byKey.get(keyOf(needle)) ?? new Map<string, number>();
    alike.set(needle, (alike.get(needle) ?? 0) + 1);
    this.#byKey.set(keyOf(needle), alike);
  }

  remove(needle: string): void {
    const alike = this.#byKey.get(keyOf(needle));
    const count = alike?.get(needle) ?? 0;
    if (count > 1) alike?.set(needle, count - 1);
    else alike?.delete(needle);
    if (alike?.size === 0) this.#byKey.delete(keyOf(needle));
  }

  /** The longest needle that stands there; absent: none does. */
  find(text: string, at: number): string | undefined {
    for (const length of KEY_LENGTHS) {
      const key = text.slice(at, at + length);
      const alike = this.#byKey.get(key);
      if (alike === undefined) continue;
      if (alike.size > MAX_ALIKE && key.length === KEY_LENGTHS[0]) return key;
      const found = [...alike.keys()]
        .slice(-MAX_ALIKE)
        .filter((needle) => text.startsWith(needle, at) && isWhole(text, at, needle.length));
      if (found.length > 0)
        return found.reduce((long, needle) => (needle.length > long.length ? needle : long));
    }
    return undefined;
  }
}

const keyOf = (needle: string): string =>
  needle.slice(0, needle.length >= KEY_LENGTHS[0] ? KEY_LENGTHS[0] : MIN_LENGTH);

function isWhole(text: string, at: number, length: number): boolean {
  if (length >= ANYWHERE_FROM) return true;
  return !/[a-z0-9]/i.test(text.charAt(at - 1)) && !/[a-z0-9]/i.test(text.charAt(at + length));
}

/** Where a secret ends that begins with a needle. */
function endOf(text: string, at: number, needle: string): number {
  const end = at + needle.length;
  if (needle.length !== NEEDLE_LENGTH && needle.length !== KEY_LENGTHS[0]) return end;
  REST_OF_TOKEN.lastIndex = end;
  return end + (REST_OF_TOKEN.exec(text)?.[0].length ?? 0);
}

function needlesOf(secret: string, username: string | undefined): string[] {
  // More than a needle of each form, and no more work for a secret of a megabyte.
  const beginning = secret.slice(0, 2 * NEEDLE_LENGTH).toWellFormed();
  const texts = username === undefined ? [beginning] : [beginning, `${username}:${beginning}`];
  const forms = texts.flatMap((text) => {
    const base64 = Buffer.from(text).toString('base64');
    const inUrl = encodeURIComponent(text);
    const inForm = new URLSearchParams({ '': text }).toString().slice(1);
    return [
      text,
      Buffer.from(text).toString('hex'),
      ...shiftedBase64(text),
      JSON.stringify(text).slice(1, -1),
      ...[inUrl, inForm].flatMap((form) => [form, withLowerHex(form)]),
      ...[
        base64,
        base64.replace(/=+$/, ''),
        base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
      ],
    ];
  });
  const needles = forms.map((form) => form.slice(0, NEEDLE_LENGTH));
  return [...new Set(needles)].filter((needle) => needle.length >= MIN_LENGTH);
}

/** As it stands within the base64 of a longer text, whose beginning is not known. */
const shiftedBase64 = (text: string): string[] =>
  [1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    // Four characters are three bytes; those at both ends depend on what stands beside it.
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    return whole.toString('base64').slice(4);
  });

const withLowerHex = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());

// Errors are made everywhere and are redacted where they are made: what a process must not tell is known to the whole of it.
const PROCESS_SECRETS = new KnownSecrets();

/**
 * From here on `redact` takes the secret out of everything, in clear text, base64 and URL form, with the user's name in
 * front of it or not. The last 512 are remembered.
 */
export const keepSecret = (secret: string, username?: string): void => PROCESS_SECRETS.add(secret, username);

// Opaque tokens of this length are random; shorter ones could be words.
const MIN_TOKEN_LENGTH = 24;
// Names of hosts and repositories; JWTs have capital letters, and hex has no dots.
const NAME = /^[a-z0-9:_-]*[./][a-z0-9./:_-]*$/;

/** The same for a token, which a server chooses: one that could be a word or a name must not blank it out of every message. */
export function keepToken(token: string): void {
  if (token.length >= MIN_TOKEN_LENGTH && !NAME.test(token)) PROCESS_SECRETS.add(token);
}

export const withoutKnownSecrets = (text: string): string => PROCESS_SECRETS.removedFrom(text);
