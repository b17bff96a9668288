/** One way to authenticate that a server offers. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** By lower-case name. */
  readonly params: Readonly<Record<string, string>>;
}

const SCHEMES = /^(?:basic|bearer|digest|negotiate|ntlm)(?=[\s,]|$)/i;
const PARAM = /^([a-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*/i;

/**
 * The challenges of a `WWW-Authenticate` header, several of them joined by commas included.
 *
 * Takes what registries are known to send: values without quotes or in single quotes, commas in them, a missing last quote.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: GrowingChallenge[] = [];
  let rest = header.trim();
  while (rest !== '') {
    const scheme = SCHEMES.exec(rest)?.[0];
    const current = challenges.at(-1);
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), params: {} });
    rest = scheme === undefined ? readParam(rest, current) : rest.slice(scheme.length);
    rest = rest.replace(/^[\s,]+/, '');
  }
  return challenges;
}

interface GrowingChallenge extends Challenge {
  readonly params: Record<string, string>;
}

/** @returns what follows. */
function readParam(text: string, challenge: GrowingChallenge | undefined): string {
  const [assignment, name] = PARAM.exec(text) ?? [];
  if (assignment !== undefined && name !== undefined) {
    const value = readValue(text.slice(assignment.length));
    if (challenge !== undefined) challenge.params[name.toLowerCase()] = value.text;
    return value.rest;
  }
  const [word = ''] = /^[^,]+/.exec(text) ?? [];
  const last = Object.keys(challenge?.params ?? {}).at(-1);
  // What follows a comma in a value without quotes: scope=repository:a:pull,push
  if (challenge !== undefined && last !== undefined) challenge.params[last] += `,${word.trim()}`;
  return text.slice(word.length);
}

function readValue(text: string): { text: string; rest: string } {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") {
    const [word = ''] = /^[^\s,]*/.exec(text) ?? [];
    return { text: word, rest: text.slice(word.length) };
  }
  const quoted = quote === '"' ? /^"((?:[^"\\]|\\.)*)(?:"|\\?$)/s : /^'((?:[^'\\]|\\.)*)(?:'|\\?$)/s;
  const [whole = text, inner = ''] = quoted.exec(text) ?? [];
  return { text: inner.replace(/\\(.)/gs, '$1'), rest: text.slice(whole.length) };
}

/** The challenge to answer: a token where one is offered, else a password; absent: nothing we know. */
export function preferredChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme, params }) => scheme === 'bearer' && params.realm) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
