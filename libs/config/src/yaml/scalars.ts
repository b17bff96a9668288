import type { Scalar } from 'yaml';
import { nanosecondsToMs, parseDuration } from './duration.ts';

/**
 * How go-yaml v2, and so dregsy, reads a scalar: by the type that is wanted, from the source text.
 *
 * The words and number forms are YAML 1.1 without base 60; quoted scalars are text and nothing else.
 */
const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUE = words('y', 'yes', 'on', 'true');
const FALSE = words('n', 'no', 'off', 'false');

function words(...lower: string[]): ReadonlySet<string> {
  return new Set(
    lower.flatMap((word) => [word, word.toUpperCase(), `${word.charAt(0).toUpperCase()}${word.slice(1)}`]),
  );
}

/** Every word for true and false. */
export const FLAG_WORDS: readonly string[] = [...TRUE, ...FALSE];

const TEXT_TAGS = new Set(['!', 'tag:yaml.org,2002:str']);
const NULL_TAG = 'tag:yaml.org,2002:null';

/** The characters of a scalar, unescaped and folded, but not resolved to a type. */
export const textOf = (scalar: Scalar): string => String(scalar.value ?? '');

/** True: written without quotes, so that words and numbers have their meaning. */
const isPlain = (scalar: Scalar): boolean =>
  scalar.tag === undefined ? scalar.type === 'PLAIN' : !TEXT_TAGS.has(scalar.tag);

export const isNull = (scalar: Scalar): boolean =>
  scalar.tag === NULL_TAG || (isPlain(scalar) && NULLS.has(textOf(scalar)));

/** True for `Null` and `NULL`, which make a section present and empty where the other nulls make it absent. */
export const isCapitalNull = (scalar: Scalar): boolean => /^N(?:ull|ULL)$/.test(textOf(scalar));

/** Undefined when it is no bool. */
export function readFlag(scalar: Scalar): boolean | undefined {
  if (!isPlain(scalar)) return undefined;
  const text = textOf(scalar);
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/** Undefined when it is no number that Go's `int` could hold; fractions are cut off. */
export function readInteger(scalar: Scalar): number | undefined {
  return isPlain(scalar) ? integerOf(textOf(scalar)) : undefined;
}

/** The same, but that a fraction is none. */
export function readWholeNumber(scalar: Scalar): number | undefined {
  const digits = textOf(scalar).replaceAll('_', '');
  return FLOAT.test(digits) && !Number.isInteger(Number(digits)) ? undefined : readInteger(scalar);
}

/** Milliseconds; undefined when it is no duration. */
export function readDuration(scalar: Scalar): number | undefined {
  const nanoseconds = readInteger(scalar);
  return nanoseconds === undefined ? parseDuration(textOf(scalar)) : nanosecondsToMs(nanoseconds);
}

// https://pkg.go.dev/strconv#ParseInt with base 0, underscores taken out before.
const INTEGER = /^([+-]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
// yamlStyleFloat of go-yaml v2.4.0, resolve.go
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const INT64_LIMIT = 2n ** 63n;

function integerOf(text: string): number | undefined {
  if (!/^[-+.\d]/.test(text)) return undefined;
  const digits = text.replaceAll('_', '');
  const whole = wholeNumber(digits);
  if (whole !== undefined) return -INT64_LIMIT <= whole && whole < INT64_LIMIT ? Number(whole) : undefined;
  const fraction = FLOAT.test(digits) ? Math.trunc(Number(digits)) : undefined;
  return fraction === undefined || Math.abs(fraction) >= INT64_LIMIT ? undefined : fraction + 0;
}

function wholeNumber(digits: string): bigint | undefined {
  const [, sign, hexadecimal, binary, octal, decimal] = INTEGER.exec(digits) ?? [];
  const [prefix, text] =
    [
      ['0x', hexadecimal],
      ['0b', binary],
      ['0o', octal],
      ['', decimal],
    ].find(([, part]) => part !== undefined) ?? [];
  if (text === undefined) return undefined;
  const value = BigInt(`${prefix}${text}`);
  return sign === '-' ? -value : value;
}
