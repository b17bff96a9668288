import { flawed, type Parsed } from '../regex/parsed.ts';
import type { Operator } from './comparison.ts';

/** A comparison whose version is still text. */
export interface Bound {
  readonly operator: Operator;
  readonly version: string;
}

// Atoi of the original reads 64-bit signed numbers; one more than the greatest is negative and then no version.
const MAX_PART = 2n ** 63n - 2n;

/** True for `==1.2.x` and for everything else that holds the letter, pre-releases like `-experimental` included. */
export const hasWildcard = (token: string): boolean => token.includes('x');

/**
 * The comparisons that a version with `x` in place of its last number stands for, e.g. `1.2.x` = `>=1.2.0 <1.3.0`.
 *
 * Kept from blang/semver: `1.x.x` means `1.0.x`; `!=1.x` asks for both sides of the gap at once, so it never holds; after an unknown operator
 * (`~1.x`) stands exactly the version with zeros.
 *
 * @see https://github.com/blang/semver/blob/v4.0.0/v4/range.go
 */
export function expandWildcard(operator: string, version: string): Parsed<readonly Bound[]> {
  const lower = zeroFilled(version);
  switch (operator) {
    case '>=':
    case '<':
      return { value: [{ operator, version: lower }] };
    case '>':
      return withUpper(version, (upper) => [{ operator: '>=', version: upper }]);
    case '<=':
      return withUpper(version, (upper) => [{ operator: '<', version: upper }]);
    case '':
    case '=':
    case '==':
      return withUpper(version, (upper) => [
        { operator: '>=', version: lower },
        { operator: '<', version: upper },
      ]);
    case '!':
    case '!=':
      return withUpper(version, (upper) => [
        { operator: '<', version: lower },
        { operator: '>=', version: upper },
      ]);
    default:
      return { value: [{ operator: '=', version: lower }] };
  }
}

function zeroFilled(version: string): string {
  const filled = version.replace('.x.x', '.x').replace('.x', '.0');
  return filled.split('.').length === 2 ? `${filled}.0` : filled;
}

function withUpper(version: string, bounds: (upper: string) => readonly Bound[]): Parsed<readonly Bound[]> {
  const parts = version.split('.');
  const isWildcard = parts.at(-1) === 'x' && (parts.length === 2 || parts.length === 3);
  const upper = isWildcard ? raised(zeroFilled(version), parts.length - 2) : undefined;
  return upper === undefined
    ? flawed(
        `has no wildcard that can be resolved in "${version}"`,
        'wildcards are 1.x and 1.2.x, with a lower-case x',
      )
    : { value: bounds(upper) };
}

/** `version` with one more in the part at `index`; the parts behind it are zeros already. */
function raised(version: string, index: number): string | undefined {
  const parts = version.split('.');
  const part = parts[index] ?? '';
  if (!/^[+-]?[0-9]+$/.test(part)) return undefined;
  const number = BigInt(part.replace('+', ''));
  if (number > MAX_PART) return undefined;
  parts[index] = String(number + 1n);
  return parts.join('.');
}
