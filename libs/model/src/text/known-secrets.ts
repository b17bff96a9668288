// Logins in use at a time; the ones that were used longest ago go first.
const MAX_SECRETS = 512;
// As many as a process may hold tokens.
const MAX_TOKENS = 4_096;
// Shorter ones are ordinary words more often than secrets.
const MIN_LENGTH = 4;
// Below it a secret is taken away only where it stands alone, so that messages stay readable.
const ANYWHERE_FROM = 8;
// Of a longer secret its beginning is looked for, and what may belong to it is taken away with it.
const NEEDLE_LENGTH = 64;
// A longer name is not looked for together with its secret, which is found alone.
const MAX_USERNAME_LENGTH = 128;

// What tokens and their forms in URLs and base64 are made of.
const REST_OF_TOKEN = /[\w.~+/=%-]*/y;

/**
 * The secrets that a process has in use, so that they can be taken out of whatever somebody answers or prints: a registry
 * may send back what it was shown.
 *
 * What a text costs grows with its length, and not with how many secrets there are or how alike: others choose tokens.
 */
export class KnownSecrets {
  readonly #maxSecrets: number;
  readonly #needlesOf = new Map<string, readonly Needle[]>();
  readonly #index = new NeedleIndex();

  constructor(maxSecrets = MAX_SECRETS) {
    this.#maxSecrets = maxSecrets;
  }

  get size(): number {
    return this.#needlesOf.size;
  }

  clear(): void {
    this.#needlesOf.clear();
    this.#index.clear();
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
      if (this.#needlesOf.size <= this.#maxSecrets) break;
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

/** What a secret, in one of its forms, is known by. */
interface Needle {
  readonly text: string;
  /** What it is the beginning of, which may in turn go on. */
  readonly form: string;
}

/** Needles by their text, which is looked up at once however many are alike; by their first characters come the lengths to look up. */
class NeedleIndex {
  readonly #counts = new Map<string, { count: number; readonly needle: Needle }>();
  readonly #lengthsOf = new Map<string, Map<number, number>>();

  add(needle: Needle): void {
    const known = this.#counts.get(needle.text);
    this.#counts.set(needle.text, { needle: known?.needle ?? needle, count: (known?.count ?? 0) + 1 });
    const lengths = this.#lengthsOf.get(keyOf(needle.text)) ?? new Map<number, number>();
    this.#lengthsOf.set(keyOf(needle.text), lengths);
    lengths.set(needle.text.length, (lengths.get(needle.text.length) ?? 0) + 1);
  }

  remove({ text }: Needle): void {
    const known = this.#counts.get(text);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count === 0) this.#counts.delete(text);
    const lengths = this.#lengthsOf.get(keyOf(text));
    const left = (lengths?.get(text.length) ?? 0) - 1;
    if (left > 0) lengths?.set(text.length, left);
    else lengths?.delete(text.length);
    if (lengths?.size === 0) this.#lengthsOf.delete(keyOf(text));
  }

  clear(): void {
    this.#counts.clear();
    this.#lengthsOf.clear();
  }

  /** The longest needle that stands there; absent: none does. */
  find(text: string, at: number): Needle | undefined {
    let found: Needle | undefined;
    for (const length of this.#lengthsOf.get(text.slice(at, at + MIN_LENGTH))?.keys() ?? []) {
      if (length <= (found?.text.length ?? 0)) continue;
      const known = this.#counts.get(text.slice(at, at + length));
      if (known !== undefined && isWhole(text, at, length)) found = known.needle;
    }
    return found;
  }
}

const keyOf = (needle: string): string => needle.slice(0, MIN_LENGTH);

function isWhole(text: string, at: number, length: number): boolean {
  if (length >= ANYWHERE_FROM) return true;
  return !/[a-z0-9]/i.test(text.charAt(at - 1)) && !/[a-z0-9]/i.test(text.charAt(at + length));
}

/** Where a secret ends that begins with a needle. */
function endOf(text: string, at: number, needle: Needle): number {
  const end = at + (text.startsWith(needle.form, at) ? needle.form : needle.text).length;
  if (needle.form === needle.text) return end;
  REST_OF_TOKEN.lastIndex = end;
  return end + (REST_OF_TOKEN.exec(text)?.[0].length ?? 0);
}

function needlesOf(secret: string, username = ''): Needle[] {
  // More than a needle of each form, and no more work for a secret of a megabyte.
  const beginning = secret.slice(0, 2 * NEEDLE_LENGTH).toWellFormed();
  const login = username === '' || username.length > MAX_USERNAME_LENGTH ? [] : [`${username}:${beginning}`];
  const needles = new Map<string, Needle>();
  for (const text of [beginning, ...login]) {
    for (const form of formsOf(text)) {
      // Far enough to reach into the secret in every form.
      const length = text === beginning ? NEEDLE_LENGTH : NEEDLE_LENGTH + 3 * username.length;
      if (form.length >= MIN_LENGTH)
        needles.set(form.slice(0, length), { text: form.slice(0, length), form });
    }
  }
  return [...needles.values()];
}

function formsOf(text: string): string[] {
  const base64 = Buffer.from(text).toString('base64');
  const inUrl = encodeURIComponent(text);
  const inForm = new URLSearchParams({ '': text }).toString().slice(1);
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('hex'),
    ...[inUrl, inForm].flatMap((form) => [form, withLowerHex(form)]),
    ...shiftedBase64(text),
    base64,
    base64.replace(/=+$/, ''),
    base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
  ];
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
// Apart, since servers choose how many there are: they push no login out.
const PROCESS_TOKENS = new KnownSecrets(MAX_TOKENS);

/**
 * From here on `redact` takes the secret out of everything, in clear text, base64 and URL form, with the user's name in
 * front of it or not. The last 512 are remembered.
 */
export const keepSecret = (secret: string, username?: string): void => PROCESS_SECRETS.add(secret, username);

// Opaque tokens of this length are random; shorter ones could be words.
const MIN_TOKEN_LENGTH = 24;
// Names of hosts and repositories; JWTs have capital letters, and hex has no dots.
const NAME = /^[a-z0-9:_-]*[./][a-z0-9./:_-]*$/;

/**
 * The same for a token, which a server chooses: one that could be a word or a name must not blank it out of every message. The
 * last 4,096 are remembered.
 */
export function keepToken(token: string): void {
  if (token.length >= MIN_TOKEN_LENGTH && !NAME.test(token)) PROCESS_TOKENS.add(token);
}

/** For a process that begins anew, such as one that runs one file of tests after another: what was a password there is a word here. */
export function forgetSecrets(): void {
  PROCESS_SECRETS.clear();
  PROCESS_TOKENS.clear();
}

export const withoutKnownSecrets = (text: string): string =>
  PROCESS_SECRETS.removedFrom(PROCESS_TOKENS.removedFrom(text));
