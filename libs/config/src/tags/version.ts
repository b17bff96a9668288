import { trimSpace } from '../regex/trim.ts';

/** A semantic version; build metadata has no precedence and is not kept. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Numeric identifiers as numbers; empty for a release. */
  readonly prerelease: readonly (bigint | string)[];
}

const CORE = /^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/;
const NUMERIC = /^[0-9]+$/;
const IDENTIFIER = /^[0-9A-Za-z-]+$/;
// Versions are 64-bit unsigned numbers; a longer one is no version.
const MAX_NUMBER = 2n ** 64n - 1n;
const MAX_DIGITS = 20;

/** The version that `text` states in full as `x.y.z[-prerelease][+build]`; absent when it is none. */
export function parseVersion(text: string): Version | undefined {
  const [beforeBuild, build] = cut(text, '+');
  if (build?.split('.').every((identifier) => IDENTIFIER.test(identifier)) === false) return undefined;
  const [core, suffix] = cut(beforeBuild, '-');
  const numbers = CORE.exec(core);
  if (numbers === null || numbers.slice(1).some(({ length }) => length > MAX_DIGITS)) return undefined;
  const [major, minor, patch] = numbers.slice(1).map(BigInt);
  const prerelease = suffix === undefined ? [] : suffix.split('.').map(parseIdentifier);
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  if (major > MAX_NUMBER || minor > MAX_NUMBER || patch > MAX_NUMBER) return undefined;
  return prerelease.every((identifier) => identifier !== undefined)
    ? { major, minor, patch, prerelease }
    : undefined;
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

export function formatVersion({ major, minor, patch, prerelease }: Version): string {
  return `${major}.${minor}.${patch}${prerelease.length > 0 ? `-${prerelease.join('.')}` : ''}`;
}

/** Precedence: negative when `a` is lower, zero when equal, positive when higher. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareValues(a.major, b.major) ||
    compareValues(a.minor, b.minor) ||
    compareValues(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

function comparePrereleases(a: Version['prerelease'], b: Version['prerelease']): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: bigint | string, b: bigint | string): number {
  if (typeof a === typeof b) return compareValues(a, b);
  return typeof a === 'bigint' ? -1 : 1;
}

const compareValues = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

function parseIdentifier(text: string): bigint | string | undefined {
  if (!NUMERIC.test(text)) return IDENTIFIER.test(text) ? text : undefined;
  if (text.length > MAX_DIGITS || (text.length > 1 && text.startsWith('0'))) return undefined;
  const number = BigInt(text);
  return number > MAX_NUMBER ? undefined : number;
}

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
