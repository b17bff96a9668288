import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inRange, parseRange } from './range.ts';
import { parseTagVersion } from './version.ts';

const VERSIONS =
  '0.9.0 1.0.0-rc1 1.0.0 1.0.5 1.1.0 1.2.0 1.2.3-alpine 1.2.3 1.3.0-rc1 1.3.0 1.9.9 2.0.0-alpha 2.0.0 2.1.0 3'.split(
    ' ',
  );

function selected(range: string, versions: readonly string[] = VERSIONS): string[] {
  const parsed = parseRange(range);
  if ('flaw' in parsed) throw new Error(parsed.flaw.message);
  return versions.filter((text) => inRange(parsed.value, parseTagVersion(text) ?? expect.fail(text)));
}

const part = fc.integer({ min: 0, max: 4 });
const version = fc
  .tuple(part, part, part, fc.constantFrom('', '', '-1', '-a', '-a.1', '-rc'))
  .map(([major, minor, patch, suffix]) => `${major}.${minor}.${patch}${suffix}`);
const comparison = fc
  .tuple(fc.constantFrom('', '=', '==', '!', '!=', '>', '>=', '<', '<=', '>= ', '< '), version)
  .map((pair) => pair.join(''));
const conjunction = fc.array(comparison, { minLength: 1, maxLength: 3 }).map((tokens) => tokens.join(' '));
const sample = fc.array(version, { minLength: 20, maxLength: 40 });

describe('config/tags/range', () => {
  it.each([
    ['1.2.x', '1.2.0 1.2.3-alpine 1.2.3 1.3.0-rc1'],
    ['1.x.x', '1.0.0 1.0.5'],
    ['! 1.0.0', '1.0.0'],
    ['!1.x', ''],
    ['!=1.2.x', ''],
    ['<1.x', '0.9.0 1.0.0-rc1'],
    ['<=1.x', VERSIONS.slice(0, 12).join(' ')],
    ['>1.x', '2.0.0 2.1.0 3'],
    ['>=1.x', VERSIONS.slice(2).join(' ')],
    ['>1.2.x', '1.3.0 1.9.9 2.0.0-alpha 2.0.0 2.1.0 3'],
    ['<=1.2.x', VERSIONS.slice(0, 9).join(' ')],
    ['<1.0.0 || >2.0.0', '0.9.0 1.0.0-rc1 2.1.0 3'],
    ['1.2.3 2.0.0', ''],
    ['1.0.0 - 2.0.0', ''],
    ['1.2.3+build', '1.2.3'],
    ['>= 1.9.9  <  2.1.0', '1.9.9 2.0.0-alpha 2.0.0'],
    ['>=1.9.9 !=2.0.0', '1.9.9 2.0.0-alpha 2.1.0 3'],
    ['>=1.2.3-experimental <1.3.0-exp', '1.2.3'],
    ['~1.x', '1.0.0'],
    ['^1.x', '1.0.0'],
    ['v1.2.x', '1.2.0'],
    ['x1.2', '1.2.0'],
    ['>1.+0.x', '1.1.0 1.2.0 1.2.3-alpine 1.2.3 1.3.0-rc1 1.3.0 1.9.9 2.0.0-alpha 2.0.0 2.1.0 3'],
    ['>01.x', '2.0.0 2.1.0 3'],
    ['1.0.0 >', '1.0.0'],
    ['1.0.0 \t>=1.0.0', '1.0.0'],
    ['>\t2.0.0', '2.1.0 3'],
    ['* 1.0.0 x', '1.0.0'],
  ])('selects by %j', (range, expected) => {
    expect(selected(range).join(' ')).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '1',
    'x',
    '*',
    'x.x',
    '||',
    '|| 1.0.0',
    '1.0.0 ||',
    '1.0.0 || || 2.0.0',
    '1.0.0 || - || 2.0.0',
    '<1.0.0||>2.0.0',
    '1.0.0,2.0.0',
    '>=1.2',
    '>1',
    '>=01.2.3',
    '>=v1.0.0',
    '~1.2.3',
    '^1.2.3',
    '=>1.0.0',
    '<>1.0.0',
    '1.2.*',
    '1.2.X',
    '1.x.5',
    '2.x.1',
    '1.x.x.x',
    '1.2.3-experimental',
    '>1.2.3-x',
    '01.x',
    '1.0.0\t2.0.0',
    '>=1.0.0 é',
    '٣.x',
    '>9223372036854775807.x',
    '18446744073709551616.0.0',
    '1.0.0 latest',
  ])('refuses %j', (range) => {
    expect(parseRange(range)).toHaveProperty('flaw');
  });

  it('takes wildcards up to where the original can count', () => {
    expect(selected('>9223372036854775806.x', ['9223372036854775806.9.0', '9223372036854775807'])).toEqual([
      '9223372036854775807',
    ]);
  });

  it('combines tokens with and, alternatives with or', () => {
    fc.assert(
      fc.property(conjunction, conjunction, sample, (left, right, versions) => {
        const [a, b] = [new Set(selected(left, versions)), new Set(selected(right, versions))];
        expect(selected(`${left} ${right}`, versions)).toEqual(
          versions.filter((text) => a.has(text) && b.has(text)),
        );
        expect(selected(`${left} || ${right}`, versions)).toEqual(
          versions.filter((text) => a.has(text) || b.has(text)),
        );
      }),
    );
  });

  it('takes a wildcard for its two bounds', () => {
    fc.assert(
      fc.property(part, part, sample, (major, minor, versions) => {
        const same = (wildcard: string, bounds: string): void =>
          expect(selected(wildcard, versions)).toEqual(selected(bounds, versions));
        same(`${major}.x`, `>=${major}.0.0 <${major + 1}.0.0`);
        same(`==${major}.${minor}.x`, `>=${major}.${minor}.0 <${major}.${minor + 1}.0`);
        same(`${major}.x.x`, `${major}.0.x`);
        same(`>${major}.x`, `>=${major + 1}.0.0`);
        same(`>=${major}.${minor}.x`, `>=${major}.${minor}.0`);
        same(`<${major}.x`, `<${major}.0.0`);
        same(`<=${major}.${minor}.x`, `<${major}.${minor + 1}.0`);
      }),
    );
  });

  it('divides all versions between an operator and its opposite', () => {
    fc.assert(
      fc.property(version, sample, (bound, versions) => {
        for (const [operator, opposite] of [
          ['=', '!='],
          ['<', '>='],
          ['<=', '>'],
        ] as const) {
          const inside = new Set(selected(`${operator}${bound}`, versions));
          expect(selected(`${opposite}${bound}`, versions)).toEqual(
            versions.filter((text) => !inside.has(text)),
          );
        }
      }),
    );
  });
});
