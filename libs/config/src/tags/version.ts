import { trimSpace } from '../regex/trim.ts';

/** A semantic version; build metadata has no precedence and is not kept. */
export interface Version {
  /** `x.y.z[-prerelease]`, without zeros in front of numbers. */
  readonly text: string;
  /** Two keys compare, as texts do, like the precedence of their versions. */
  readonly key: string;
}

const CORE = /^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/;
const NUMERIC = /^[0-9]+$/;
const IDENTIFIER = /^[0-9A-Za-z-]+$/;
// Versions are 64-bit unsigned numbers; a longer one is no version.
const MAX_NUMBER = String(2n ** 64n - 1n);

/** The version that `text` states in full as `x.y.z[-prerelease][+build]`; absent when it is none. */
export function parseVersion(text: string): Version | undefined {
  const [beforeBuild, build] = cut(text, '+');
  if (build?.split('.').every((identifier) => IDENTIFIER.test(identifier)) === false) return undefined;
  const [core, suffix] = cut(beforeBuild, '-');
  const numbers = CORE.exec(core)?.slice(1);
  if (numbers?.every(isNumber) !== true) return undefined;
  const identifiers = suffix?.split('.');
  if (identifiers?.every(isIdentifier) === false) return undefined;
  return { text: beforeBuild, key: [...numbers.map(numberKey), prereleaseKey(identifiers)].join('') };
}

const isNumber = (digits: string): boolean =>
  digits.length < MAX_NUMBER.length || (digits.length === MAX_NUMBER.length && digits <= MAX_NUMBER);

function isIdentifier(text: string): boolean {
  if (!NUMERIC.test(text)) return IDENTIFIER.test(text);
  return (text === '0' || !text.startsWith('0')) && isNumber(text);
}

// A longer number is a greater one: its length comes first, as a letter.
const numberKey = (digits: string): string => String.fromCharCode(64 + digits.length) + digits;

/** Releases after pre-releases, numbers before other identifiers, and a list before one that goes on where it ends. */
function prereleaseKey(identifiers: readonly string[] | undefined): string {
  if (identifiers === undefined) return '~';
  // The blank that ends an identifier comes before whatever one may hold.
  return identifiers.map((text) => (NUMERIC.test(text) ? `!${numberKey(text)}` : `"${text} `)).join('');
}

/**
 * The version that a tag stands for; absent when it stands for none.
 *
 * More forgiving than `parseVersion`: blanks around, one leading `v`, leading zeros, and a missing minor or patch are allowed. A suffix is
 * not allowed on a shortened version: `1.31-glibc` is none.
 */
export function parseTagVersion(tag: string): Version | undefined {
  const text = trimSpace(tag);
  const parts = splitParts(text.startsWith('v') ? text.slice(1) : text).map(stripLeadingZeros);
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return undefined;
  while (parts.length < 3) parts.push('0');
  return parseVersion(parts.join('.'));
}

export type VersionOf = (tag: string) => Version | undefined;

/** `parseTagVersion` that parses each tag once. */
export function rememberVersions(): VersionOf {
  const versions = new Map<string, Version | undefined>();
  return (tag) => {
    if (!versions.has(tag)) versions.set(tag, parseTagVersion(tag));
    return versions.get(tag);
  };
}

/** Precedence: negative when `a` is lower, zero when equal, positive when higher. */
export const compareVersions = (a: Version, b: Version): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : 0;

/** At most three parts; further dots stay in the third. */
function splitParts(text: string): string[] {
  const [major = '', minor, ...rest] = text.split('.');
  if (minor === undefined) return [major];
  return rest.length === 0 ? [major, minor] : [major, minor, rest.join('.')];
}

/** `007-rc` becomes `7-rc`, `000` becomes `0`; a part without any digit in front gets one: `-rc` becomes `0-rc`. */
function stripLeadingZeros(part: string): string {
  if (part.length < 2) return part;
  const stripped = part.replace(/^0+/, '');
  return /^[0-9]/.test(stripped) ? stripped : `0${stripped}`;
}

function cut(text: string, separator: string): readonly [string, string?] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
