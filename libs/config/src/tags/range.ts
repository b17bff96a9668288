import { flawed, type Parsed } from '../regex/parsed.ts';
import type { Comparison, Operator } from './comparison.ts';
import { splitOperator, splitTokens } from './range-token.ts';
import { type Bound, expandWildcard, hasWildcard } from './range-wildcard.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

/** Comparisons that must all hold, in alternatives of which one must. */
export type VersionRange = readonly (readonly Comparison[])[];

const OPERATORS: Readonly<Record<string, Operator>> = {
  '': '=',
  '=': '=',
  '==': '=',
  '!': '!=',
  '!=': '!=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
};

const HOLDS: Readonly<Record<Operator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};

/**
 * Parses what follows `semver:`. The grammar is that of blang/semver v4, which existing configs are written in; npm's differs.
 *
 * @see https://github.com/blang/semver/blob/v4.0.0/v4/range.go
 */
export function parseRange(text: string): Parsed<VersionRange> {
  const alternatives = splitAlternatives(splitTokens(text).tokens);
  if ('flaw' in alternatives) return alternatives;
  const range: Comparison[][] = [];
  for (const tokens of alternatives.value) {
    const comparisons: Comparison[] = [];
    for (const token of tokens) {
      const parsed = parseToken(token);
      if ('flaw' in parsed) return parsed;
      comparisons.push(...parsed.value);
    }
    range.push(comparisons);
  }
  return { value: range };
}

/** Precedence alone decides: pre-releases are versions like any other. */
export const inRange = (range: VersionRange, version: Version): boolean =>
  range.some((comparisons) =>
    comparisons.every((comparison) =>
      HOLDS[comparison.operator](compareVersions(version, comparison.version)),
    ),
  );

function splitAlternatives(tokens: readonly string[]): Parsed<readonly (readonly string[])[]> {
  const alternatives: string[][] = [[]];
  for (const token of tokens) {
    if (token === '||') alternatives.push([]);
    else alternatives.at(-1)?.push(token);
  }
  if (alternatives.every((tokens) => tokens.length > 0)) return { value: alternatives };
  return alternatives.length === 1
    ? flawed('holds no version', 'write e.g. semver: >=1.31.0 <2.0.0')
    : flawed('has nothing on one side of a ||');
}

function parseToken(token: string): Parsed<readonly Comparison[]> {
  const split = splitOperator(token);
  if (split === undefined) return flawed(`has "${token}" where a version is expected`, hintFor(token));
  const bounds = hasWildcard(token) ? expandWildcard(split.operator, split.version) : exact(split);
  if ('flaw' in bounds) return bounds;
  const comparisons: Comparison[] = [];
  for (const bound of bounds.value) {
    const version = parseVersion(bound.version);
    if (version === undefined) {
      return flawed(`has "${split.version}" where a full version x.y.z is expected`, hintFor(token));
    }
    comparisons.push({ operator: bound.operator, version });
  }
  return { value: comparisons };
}

function exact(split: { operator: string; version: string }): Parsed<readonly Bound[]> {
  const operator = Object.hasOwn(OPERATORS, split.operator) ? OPERATORS[split.operator] : undefined;
  if (operator !== undefined) return { value: [{ operator, version: split.version }] };
  return flawed(
    `has the unknown operator "${split.operator}"`,
    'operators are = != > >= < <=; for ^1.2.3 write >=1.2.3 <2.0.0, for ~1.2.3 write >=1.2.3 <1.3.0',
  );
}

function hintFor(token: string): string | undefined {
  if (token.includes('||')) return '|| needs a blank on both sides';
  if (token.includes(',')) return 'separate versions with a blank, not a comma';
  if (/[*X]/.test(token)) return 'the wildcard is a lower-case x: 1.x or 1.2.x';
  return /^[^0-9]*[0-9]+(?:\.[0-9]+)?$/.test(token)
    ? 'versions have three numbers: write 1.2.0, not 1.2'
    : undefined;
}
