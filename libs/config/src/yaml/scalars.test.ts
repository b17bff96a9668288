import { describe, expect, it } from 'vitest';
import { isScalar, parseDocument, type Scalar } from 'yaml';
import { isNull, readDuration, readFlag, readInteger, readWholeNumber, textOf } from './scalars.ts';

function scalar(source: string): Scalar {
  const { contents } = parseDocument(source, {
    schema: 'failsafe',
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  if (!isScalar(contents)) throw new Error(`no scalar: ${source}`);
  return contents;
}

describe('config/yaml/scalars', () => {
  it.each(['1.10', '010', 'yes', '2020-01-01', '1e3', '0x1F', '1_0', '~x'])(
    'keeps the text of %s',
    (source) => {
      expect(textOf(scalar(source))).toBe(source);
    },
  );

  it.each([
    ['60', 60],
    ['-10', -10],
    ['010', 8],
    ['-010', -8],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['60.9', 60],
    ['-60.9', -60],
    ['.5', 0],
    ['1e2', 100],
    ['08', 8],
    ['!!int "5"', 5],
    ['9223372036854775807', 2 ** 63],
    ['-0x8000000000000000', -(2 ** 63)],
  ])('reads the number %s', (source, value) => {
    expect(readInteger(scalar(source))).toBe(value);
  });

  it.each([
    '"60"',
    "'60'",
    '1:30',
    'abc',
    '_1',
    '0xG',
    '.inf',
    '.nan',
    '9223372036854775808',
    '-9223372036854775809',
    '1e19',
    '1d',
    '!!str 5',
  ])('finds no number in %s', (source) => {
    expect(readInteger(scalar(source))).toBeUndefined();
  });

  it.each([
    ['60', 60],
    ['60.0', 60],
    ['1e2', 100],
    ['0x10', 16],
    ['1_000', 1000],
    ['60.9', undefined],
    ['0.0001', undefined],
    ['1e-2', undefined],
    ['"60"', undefined],
  ])('reads %s as the whole number %s', (source, value) => {
    expect(readWholeNumber(scalar(source))).toBe(value);
  });

  it.each([
    ['y', true],
    ['Yes', true],
    ['ON', true],
    ['true', true],
    ['n', false],
    ['No', false],
    ['OFF', false],
    ['false', false],
  ])('reads the flag %s', (source, value) => {
    expect(readFlag(scalar(source))).toBe(value);
  });

  it.each(['"true"', '1', '0', 'tRUE', 'yEs', 'enabled'])('finds no flag in %s', (source) => {
    expect(readFlag(scalar(source))).toBeUndefined();
  });

  it.each([
    ['30', 30e-6],
    ['-1', -1e-6],
    ['10h', 36_000_000],
    ['"10h"', 36_000_000],
    ['"0"', 0],
  ])('reads the duration %s', (source, milliseconds) => {
    expect(readDuration(scalar(source))).toBeCloseTo(milliseconds, 9);
  });

  it.each(['"30"', '1d', 'soon'])('finds no duration in %s', (source) => {
    expect(readDuration(scalar(source))).toBeUndefined();
  });

  it.each(['~', 'null', 'Null', 'NULL'])('takes %s for null', (source) => {
    expect(isNull(scalar(source))).toBe(true);
  });

  it.each(['"null"', '"~"', 'nULL', "''", '!!str null'])('takes %s for text', (source) => {
    expect(isNull(scalar(source))).toBe(false);
  });
});
