import type { Comparison } from './comparison.ts';
import { parseRange } from './range.ts';
import { splitOperator, splitTokens } from './range-token.ts';
import { hasWildcard } from './range-wildcard.ts';
import { compareVersions } from './version.ts';

/** A way in which a valid range is likely to mean something else than its author thinks. */
export interface RangeDoubt {
  /** Kebab-case. */
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
}

/** @param text - what follows `semver:`; an invalid range raises no doubts. */
export function doubtRange(text: string): RangeDoubt[] {
  const parsed = parseRange(text);
  if ('flaw' in parsed) return [];
  const { tokens, ignored } = splitTokens(text);
  const alternatives = tokens.join(' ').split(' || ');
  const empty = alternatives.filter((_, index) => isEmpty(parsed.value[index] ?? []));
  return [
    ...ignored.map(doubtIgnored),
    ...tokens.flatMap(doubtToken),
    ...empty.map((alternative) => ({
      rule: 'semver-range-empty',
      message: `matches no version: nothing is ${alternative}`,
      hint: emptyHint(alternative),
    })),
  ];
}

const doubtIgnored = (token: string): RangeDoubt => ({
  rule: 'semver-token-ignored',
  message: `passes over the single character "${token}"`,
  hint: IGNORED_HINTS[token] ?? 'remove it',
});

const IGNORED_HINTS: Readonly<Record<string, string>> = {
  '-': 'there are no hyphen ranges; write >=1.0.0 <=2.0.0',
  '!': 'write the ! without a blank behind it',
};

function doubtToken(token: string): RangeDoubt[] {
  const split = splitOperator(token);
  if (split === undefined || !hasWildcard(token)) return [];
  if (!/^(?:[<>]=?|={0,2}|!=?)$/.test(split.operator)) {
    const range = parseRange(token);
    const meant = 'value' in range ? range.value[0]?.[0] : undefined;
    return [
      {
        rule: 'semver-operator-unknown',
        message: `takes "${token}" for exactly ${meant?.version.text}: "${split.operator}" is no operator`,
        hint: `write ${split.version} or >=${split.version}`,
      },
    ];
  }
  if (!split.version.endsWith('.x.x')) return [];
  const narrow = split.version.replace('.x.x', '.0.x');
  return [
    {
      rule: 'semver-wildcard-narrow',
      message: `takes "${split.version}" for ${narrow}`,
      hint: `write ${split.version.replace('.x.x', '.x')} for every minor version, ${narrow} for this one`,
    },
  ];
}

const emptyHint = (alternative: string): string =>
  /!=?[0-9.]+x/.test(alternative)
    ? 'to leave out the versions of a wildcard, write the two sides: <1.0.0 || >=2.0.0'
    : 'versions divided by a blank must all fit; divide alternatives by ||';

/** True when no version can fulfil all comparisons. */
function isEmpty(comparisons: readonly Comparison[]): boolean {
  const lower = tightest(comparisons, ['>', '>=', '='], 1);
  const upper = tightest(comparisons, ['<', '<=', '='], -1);
  if (lower === undefined || upper === undefined) return false;
  const order = compareVersions(lower.version, upper.version);
  if (order !== 0) return order > 0;
  const isExcluded = comparisons.some(
    ({ operator, version }) => operator === '!=' && compareVersions(version, lower.version) === 0,
  );
  return isExcluded || lower.operator === '>' || upper.operator === '<';
}

/** The highest lower bound (direction 1) or the lowest upper one (-1); of equal ones, the exclusive one. */
function tightest(
  comparisons: readonly Comparison[],
  operators: readonly string[],
  direction: 1 | -1,
): Comparison | undefined {
  const bounds = comparisons.filter(({ operator }) => operators.includes(operator));
  const isExclusive = ({ operator }: Comparison): number => Number(operator === '<' || operator === '>');
  return bounds
    .sort((a, b) => direction * compareVersions(a.version, b.version) || isExclusive(a) - isExclusive(b))
    .at(-1);
}
