import { isDigest, isIndexMediaType } from '@regfleet/model';
import type { TagDigest } from '../contract.ts';

// More than any tag may have: what is longer is none.
const LONGEST_TAG = 128;

export interface SaidOfTag {
  readonly tag: string;
  readonly digest: string | null | undefined;
  /** Absent: nothing is said of it. */
  readonly isIndex?: boolean | undefined;
}

/** A tag as an API tells of it; absent: what it says is no digest, or of no tag. */
function tagDigest({ tag, digest, isIndex }: SaidOfTag): TagDigest | undefined {
  if (tag === '' || tag.length > LONGEST_TAG || digest == null || !isDigest(digest)) return undefined;
  // A part of a text keeps the whole of it in memory, unless it is copied.
  return structuredClone({ tag, digest, ...(isIndex !== undefined && { isIndex }) });
}

/** Whether a media type is that of an index; absent: it is not known. */
export const isIndexType = (mediaType: string | null | undefined): boolean | undefined =>
  mediaType ? isIndexMediaType(mediaType) : undefined;

export const tagDigests = (said: readonly SaidOfTag[]): TagDigest[] =>
  said.flatMap((one) => tagDigest(one) ?? []);
