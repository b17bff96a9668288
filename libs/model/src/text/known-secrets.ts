// Logins and tokens in use at a time; the ones that were used longest ago go first.
const MAX_SECRETS = 512;
// Shorter ones are ordinary words more often than secrets.
const MIN_LENGTH = 4;
// Below it a secret is taken away only where it stands alone, so that messages stay readable.
const ANYWHERE_FROM = 8;
const KEY_LENGTH = 4;
// Longer than logins and tokens are; whatever it is, it is not kept in seven forms.
const MAX_SECRET_LENGTH = 8 * 1024;

/** Every way in which one secret may be written. */
interface Known {
  readonly forms: readonly string[];
}

/**
 * The secrets that a process has in use, so that they can be taken out of whatever somebody answers or prints: a registry
 * may send back what it was shown.
 */
export class KnownSecrets {
  readonly #known = new Map<string, Known>();
  /** Forms by their first characters. */
  readonly #byStart = new Map<string, string[]>();

  get size(): number {
    return this.#known.size;
  }

  /** @param username - absent: it is shown by itself, as a token is. */
  add(secret: string, username?: string): void {
    if (secret.length > MAX_SECRET_LENGTH) return;
    const key = `${username ?? ''}\n${secret}`;
    const known = this.#known.get(key);
    this.#known.delete(key);
    if (known !== undefined) {
      this.#known.set(key, known);
      return;
    }
    const forms = formsOf(secret, username);
    if (forms.length === 0) return;
    this.#known.set(key, { forms });
    for (const form of forms) {
      const start = form.slice(0, KEY_LENGTH);
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), form].sort(longestFirst));
    }
    for (const [oldest, { forms: gone }] of this.#known) {
      if (this.#known.size <= MAX_SECRETS) break;
      this.#known.delete(oldest);
      for (const form of gone) this.#drop(form);
    }
  }

  /** `text` with `***` in place of every secret, whichever way it is written. */
  removedFrom(text: string): string {
    if (this.#known.size === 0) return text;
    let clean = '';
    let done = 0;
    for (let at = 0; at <= text.length - KEY_LENGTH; at += 1) {
      const forms = this.#byStart.get(text.slice(at, at + KEY_LENGTH));
      const found = forms?.find((form) => text.startsWith(form, at) && isWhole(text, at, form.length));
      if (found === undefined) continue;
      clean += `${text.slice(done, at)}***`;
      done = at + found.length;
      at = done - 1;
    }
    return clean + text.slice(done);
  }

  #drop(form: string): void {
    const start = form.slice(0, KEY_LENGTH);
    const rest = [...(this.#byStart.get(start) ?? [])];
    rest.splice(rest.indexOf(form), 1);
    if (rest.length === 0) this.#byStart.delete(start);
    else this.#byStart.set(start, rest);
  }
}

const longestFirst = (left: string, right: string): number => right.length - left.length;

function isWhole(text: string, at: number, length: number): boolean {
  if (length >= ANYWHERE_FROM) return true;
  return !/[a-z0-9]/i.test(text.charAt(at - 1)) && !/[a-z0-9]/i.test(text.charAt(at + length));
}

function formsOf(secret: string, username: string | undefined): string[] {
  const texts = username === undefined ? [secret] : [secret, `${username}:${secret}`];
  const forms = texts.flatMap((text) => [
    text,
    encodeURIComponent(text.toWellFormed()),
    new URLSearchParams({ '': text }).toString().slice(1),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('base64'),
    Buffer.from(text).toString('base64url'),
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
  ]);
  return [...new Set(forms)].filter((form) => form.length >= MIN_LENGTH);
}

// Errors are made everywhere and are redacted where they are made: what a process must not tell is known to the whole of it.
const PROCESS_SECRETS = new KnownSecrets();

/**
 * From here on `redact` takes the secret out of everything, in clear text, base64 and URL form, with the user's name in
 * front of it or not. The last 512 are remembered.
 */
export const keepSecret = (secret: string, username?: string): void => PROCESS_SECRETS.add(secret, username);

export const withoutKnownSecrets = (text: string): string => PROCESS_SECRETS.removedFrom(text);
