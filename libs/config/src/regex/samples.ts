// What may stand for anything: with and without a slash, since repositories are paths.
const WIDE = ['a', 'b', 'a/c', 'b/c'];
const NARROW = ['a', 'b', '1', '2', '.', '-', 'A', 'B'];
// Enough to tell what a rule makes of different names; expressions with more parts are sampled in their first ones.
const MAX_PARTS = 32;

/** A part of an expression and texts that it may match; a fixed one has one. */
type Part = readonly string[];

const TOKEN =
  /\\[pP]\{[^}]*\}|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\(\?(?:P?<[^>]*>|:)|\{\d+(?:,\d*)?\}\??|[*+?]\??|[\s\S]/g;

/**
 * A few texts that an expression may match, each differing from the first in one of its parts; empty where it is beyond what
 * is understood here. They are guesses: whoever uses them matches them against the expression.
 *
 * @param expression - in RE2's syntax.
 */
export function sampleMatches(expression: string): readonly string[] {
  const reader = new SampleReader(expression);
  const parts = reader.read();
  if (parts === undefined) return [];
  return [...new Set(variations(parts, MAX_PARTS))];
}

/** The first text of each part in a row, and that with one of the first `varied` parts exchanged. */
function variations(parts: readonly Part[], varied: number): string[] {
  const base = parts.map(([first = '']) => first);
  const others = parts
    .slice(0, varied)
    .flatMap((texts, index) =>
      texts.map((text) => [...base.slice(0, index), text, ...base.slice(index + 1)].join('')),
    );
  return [base.join(''), ...others];
}

class SampleReader {
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(expression: string) {
    this.#tokens = [...expression.matchAll(TOKEN)].map(([token]) => token);
  }

  /** Absent: something that is not understood. */
  read(): readonly Part[] | undefined {
    const parts = this.#sequence();
    return this.#position < this.#tokens.length ? undefined : parts;
  }

  #sequence(): readonly Part[] | undefined {
    const parts: Part[] = [];
    for (
      let token = this.#peek();
      token !== undefined && token !== ')' && token !== '|';
      token = this.#peek()
    ) {
      const part = this.#part();
      if (part === undefined) return undefined;
      parts.push(this.#repeated(part));
    }
    return parts;
  }

  #part(): Part | undefined {
    const token = this.#tokens[this.#position] ?? '';
    this.#position += 1;
    if (token.startsWith('(')) return this.#group(token);
    if (token === '.') return WIDE;
    if (token === '^' || token === '$') return [''];
    if (token.startsWith('[')) return members(token);
    if (token.startsWith('\\')) return escaped(token);
    return /^[*+?{]/.test(token) ? undefined : [token];
  }

  #group(opening: string): Part | undefined {
    if (opening === '(' && this.#peek() === '?') return undefined;
    const alternatives: string[] = [];
    for (;;) {
      const parts = this.#sequence();
      if (parts === undefined) return undefined;
      alternatives.push(...variations(parts, parts.length));
      const next = this.#tokens[this.#position];
      this.#position += 1;
      if (next === ')') return [...new Set(alternatives)].slice(0, MAX_PARTS);
      if (next !== '|') return undefined;
    }
  }

  /** What a number of repeats does to a part: the least, and at least once. */
  #repeated(part: Part): Part {
    const token = this.#peek();
    if (token === undefined || !/^(?:[*+?]|\{\d)/.test(token)) return part;
    this.#position += 1;
    const least = Math.min(Math.max(1, Number(/^\{(\d+)/.exec(token)?.[1] ?? 1)), MAX_PARTS);
    return part.map((text) => text.repeat(least));
  }

  #peek(): string | undefined {
    return this.#tokens[this.#position];
  }
}

/** Members of a character class. */
function members(token: string): Part | undefined {
  const compiled = compileClass(token);
  const found = compiled === undefined ? [] : NARROW.filter((text) => compiled.test(text));
  if (found.length > 0) return compiled?.test('/') ? [...found, ...found.map((text) => `${text}/c`)] : found;
  const [literal] = token.slice(1, -1).replace(/\\/g, '');
  return literal === undefined ? undefined : [literal];
}

function escaped(token: string): Part | undefined {
  if (/^\\[wdDWsS]$/.test(token)) return members(`[${token}]`);
  if (/^\\[AzbB]$/.test(token)) return [''];
  return /^\\[^a-zA-Z0-9]$/.test(token) ? [token.slice(1)] : undefined;
}

// Classes of RE2 mean the same here, but for the named ones.
function compileClass(token: string): RegExp | undefined {
  try {
    return /\[:/.test(token.slice(1)) ? undefined : new RegExp(`^${token}$`);
  } catch {
    return undefined;
  }
}
