import { createHash } from 'node:crypto';
import type { Digest } from './digest.ts';

/**
 * `keep`: what a tag named until it was overwritten, so that nobody collects it; `hold`: what the source's tag was seen to name, from
 * when on, so that the target's can name it later.
 */
export type AnchorKind = 'hold' | 'keep';

/** A tag that a target has for our use alone: it holds an image for another tag, and says since when by its name. */
export interface AnchorTag {
  readonly kind: AnchorKind;
  /** Of the tag that it belongs to, as `anchorLabel` makes it. */
  readonly label: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The first hex digits of the digest that it was made for. */
  readonly digits: string;
  /** The tag itself. */
  readonly text: string;
}

const DIGITS = 32;
// The whole has 97 characters at most, of the 128 that a tag may have.
const LABEL_LENGTH = 32;
const HASH_LENGTH = 16;

// What comes after the last one has a name as well.
const LATEST_MS = Date.parse('9999-12-31T00:00:00Z');

const ANCHOR = /^regfleet\.(hold|keep)\.([\w.-]{1,32})\.(\d{17})\.([0-9a-f]{32})$/;

/** What anchors call the tag that they belong to: the tag itself, or of a long one its beginning and a hash, which is as long as no short one. */
export function anchorLabel(tag: string): string {
  if (tag.length < LABEL_LENGTH) return tag;
  const hash = createHash('sha256').update(tag).digest('hex').slice(0, HASH_LENGTH);
  return `${tag.slice(0, LABEL_LENGTH - HASH_LENGTH - 1)}.${hash}`;
}

interface AnchorParts {
  readonly kind: AnchorKind;
  /** The one that it belongs to. */
  readonly tag: string;
  readonly atMs: number;
  readonly digest: Digest;
}

export function anchorOf({ kind, tag, atMs, digest }: AnchorParts): AnchorTag {
  const [label, digits] = [anchorLabel(tag), digestDigits(digest)];
  return { kind, label, atMs, digits, text: `regfleet.${kind}.${label}.${timeDigits(atMs)}.${digits}` };
}

export const formatAnchor = (parts: AnchorParts): string => anchorOf(parts).text;

/** The anchor that a tag is; absent: it is none. */
export function parseAnchor(text: string): AnchorTag | undefined {
  const parts = ANCHOR.exec(text);
  if (parts === null) return undefined;
  const [, kind, label = '', time = '', digits = ''] = parts;
  const atMs = Date.parse(time.replace(/^(....)(..)(..)(..)(..)(..)(...)$/, '$1-$2-$3T$4:$5:$6.$7Z'));
  if (kind === undefined || !(atMs <= LATEST_MS)) return undefined;
  return { kind: kind as AnchorKind, label, atMs, digits, text };
}

export const isAnchorTag = (text: string): boolean => parseAnchor(text) !== undefined;

/** Of a digest what the names of its anchors have. */
export const digestDigits = (digest: Digest): string =>
  digest.slice(digest.indexOf(':') + 1).slice(0, DIGITS);

/** Oldest first. */
export const byTime = (one: AnchorTag, other: AnchorTag): number =>
  one.atMs - other.atMs || (one.text < other.text ? -1 : 1);

const timeDigits = (ms: number): string => new Date(ms).toISOString().replace(/\D/g, '');
