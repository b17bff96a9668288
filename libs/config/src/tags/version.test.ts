import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, formatVersion, parseTagVersion, parseVersion, type Version } from './version.ts';

const MAX = 2n ** 64n - 1n;
const number = fc.oneof(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: MAX }));
const identifier = fc.oneof(
  number,
  fc.stringMatching(/^[0-9A-Za-z-]{1,6}$/).filter((text) => !/^[0-9]+$/.test(text)),
);
const version: fc.Arbitrary<Version> = fc.record({
  major: number,
  minor: number,
  patch: number,
  prerelease: fc.array(identifier, { maxLength: 3 }),
});

const shown = (tag: string): string | undefined => {
  const parsed = parseTagVersion(tag);
  return parsed && formatVersion(parsed);
};

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
        version,
        fc.constantFrom('', 'v'),
        fc.constantFrom('', '+build.7'),
        (value, prefix, build) => {
          const text = formatVersion(value);
          expect(parseVersion(text)).toEqual(value);
          expect(parseTagVersion(`${prefix}00${text}${build}`)).toEqual(value);
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
});
