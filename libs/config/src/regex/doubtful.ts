import { TOKEN } from './tokens.ts';

/** A way in which a valid expression is likely to mean something else than its author thinks. */
export interface RegexDoubt {
  /** Kebab-case. */
  readonly rule: 'regex-alternation-ungrouped' | 'regex-is-glob';
  readonly message: string;
  readonly hint: string;
}

/** @param expression - as written, before it is anchored and without `!`. */
export function doubtRegex(expression: string): RegexDoubt[] {
  const doubts: RegexDoubt[] = [];
  if (/(?:^\^?|\/)\*/.test(expression)) {
    doubts.push({
      rule: 'regex-is-glob',
      message: 'looks like a glob but is a regular expression, in which * repeats what is before it',
      hint: 'as a regular expression, "anything" is .*',
    });
  }
  const alternatives = splitAlternatives(expression);
  if (!alternatives.every((part, index) => isBounded(part, { index, last: alternatives.length - 1 }))) {
    doubts.push({
      rule: 'regex-alternation-ungrouped',
      message: `matches whatever starts with ${alternatives[0]} or ends with ${alternatives.at(-1)}: only the two ends are anchored`,
      hint: `to match whole names, group the alternatives: (${expression})`,
    });
  }
  return doubts;
}

/** True for an alternative that is anchored on both sides, by itself or by the anchors that are put around the whole. */
function isBounded(part: string, position: { index: number; last: number }): boolean {
  const startsBound = position.index === 0 || part.startsWith('^');
  const endsBound = position.index === position.last || part.endsWith('$');
  return startsBound && endsBound;
}

function splitAlternatives(expression: string): string[] {
  const alternatives = [''];
  let depth = 0;
  for (const [token] of expression.matchAll(TOKEN)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === '|' && depth === 0) alternatives.push('');
    else alternatives.push(`${alternatives.pop()}${token}`);
  }
  return alternatives;
}
