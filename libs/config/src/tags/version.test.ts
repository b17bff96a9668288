import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, parseTagVersion, parseVersion } from './version.ts';

const MAX = 2n ** 64n - 1n;
const number = fc.oneof(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: MAX }));
const identifier = fc.oneof(
  number,
  fc.stringMatching(/^[0-9A-Za-z-]{1,6}$/).filter((text) => !/^[0-9]+$/.test(text)),
);
interface Parts {
  readonly core: readonly bigint[];
  readonly prerelease: readonly (bigint | string)[];
}

const parts: fc.Arbitrary<Parts> = fc.record({
  core: fc.array(number, { minLength: 3, maxLength: 3 }),
  prerelease: fc.array(identifier, { maxLength: 3 }),
});

const textOf = ({ core, prerelease }: Parts): string =>
  core.join('.') + (prerelease.length > 0 ? `-${prerelease.join('.')}` : '');

/** Rule 11 of https://semver.org, part by part. */
function precedence(a: Parts, b: Parts): number {
  const [left, right] = [a, b].map(({ core, prerelease }) => [
    ...core,
    ...(prerelease.length === 0 ? [RELEASE] : prerelease),
  ]);
  for (const [index, part] of (left ?? []).entries()) {
    const order = partOrder(part, right?.[index]);
    if (order !== 0) return order;
  }
  return (left?.length ?? 0) - (right?.length ?? 0);
}

// Above all identifiers.
const RELEASE = '~';

function partOrder(left: bigint | string, right: bigint | string | undefined): number {
  if (right === undefined) return 1;
  if (typeof left !== typeof right) return typeof left === 'bigint' ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

const shown = (tag: string): string | undefined => parseTagVersion(tag)?.text;

describe('config/tags/version', () => {
  it.each([
    ['1', '1.0.0'],
    ['v1.2', '1.2.0'],
    [' v1.2.3 ', '1.2.3'],
    ['01.02.03', '1.2.3'],
    ['20230101', '20230101.0.0'],
    ['2024.01.02', '2024.1.2'],
    ['1.31.0-glibc', '1.31.0-glibc'],
    ['1.2.3-rc.1', '1.2.3-rc.1'],
    ['1.2.03-rc', '1.2.3-rc'],
    ['1.2.000-rc', '1.2.0-rc'],
    ['1.2.-rc', '1.2.0-rc'],
    ['1.2.+b', '1.2.0'],
    ['1.2.3+b.01', '1.2.3'],
    ['1.2.3+b-c', '1.2.3'],
    ['1.2.3--', '1.2.3--'],
    ['00', '0.0.0'],
    ['18446744073709551615', '18446744073709551615.0.0'],
  ])('takes the tag %j for the version %s', (tag, expected) => {
    expect(shown(tag)).toBe(expected);
  });

  it.each([
    '1.31-glibc',
    '1-alpine',
    '2024-01-02',
    '1.2.3.4',
    'V1.2.3',
    'vv1',
    'v 1',
    '1.2.3rc1',
    '1.31.0_glibc',
    '1.2.3-a_b',
    '1.2.3-01',
    '1.2.3-',
    '1.2.3+',
    '1.2.3-a..b',
    '1.2.x',
    '1e3',
    'latest',
    'release-1.2.3',
    '1.2.3@sha256:abc',
    '18446744073709551616',
    '1.2.3-18446744073709551616',
    '1.2.-',
    '1..2',
    '1.+5.2',
    '٣.0.0',
    'v',
    '',
  ])('takes the tag %j for no version', (tag) => {
    expect(shown(tag)).toBeUndefined();
  });

  it.each(['v1.2.3', '1.2', '1', '01.2.3', '1.02.3', '1.2.03', ' 1.2.3', '1.2.-rc', ''])(
    'wants full versions where tags are not meant: %j is none',
    (text) => {
      expect(parseVersion(text)).toBeUndefined();
    },
  );

  it('reads back every version that it writes, also with a v, build metadata or zeros in front', () => {
    fc.assert(
      fc.property(
        parts,
        fc.constantFrom('', 'v'),
        fc.constantFrom('', '+build.7'),
        (value, prefix, build) => {
          const text = textOf(value);
          const parsed = parseVersion(text);
          expect(parsed?.text).toBe(text);
          expect(parseTagVersion(`${prefix}00${text}${build}`)).toEqual(parsed);
        },
      ),
    );
  });

  it('fills what a short tag leaves out with zeros', () => {
    fc.assert(
      fc.property(number, number, (major, minor) => {
        expect(shown(`${major}`)).toBe(`${major}.0.0`);
        expect(shown(`v${major}.${minor}`)).toBe(`${major}.${minor}.0`);
      }),
    );
  });

  it('orders versions by precedence', () => {
    const ascending = [
      '0.9.0',
      '1.0.0-0',
      '1.0.0-9',
      '1.0.0-10',
      '1.0.0--',
      '1.0.0-Z',
      '1.0.0-a',
      '1.0.0-a.1',
      '1.0.0-a.b',
      '1.0.0-a.b.0',
      '1.0.0',
      '1.0.1-a',
      '1.0.1',
      '1.1.0',
      '18446744073709551615.0.0',
    ].map((text) => parseVersion(text) ?? expect.fail(text));
    for (const [i, left] of ascending.entries()) {
      for (const [j, right] of ascending.entries())
        expect(Math.sign(compareVersions(left, right))).toBe(Math.sign(i - j));
    }
  });

  it('orders any two as their parts are ordered', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const [left, right] = [one, other].map((value) => parseVersion(textOf(value)) ?? expect.fail());
        if (left === undefined || right === undefined) return;
        expect(compareVersions(left, right)).toBe(Math.sign(precedence(one, other)));
      }),
      { numRuns: 1_000 },
    );
  });
});
