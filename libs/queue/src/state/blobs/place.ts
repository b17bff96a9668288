import { createHash } from 'node:crypto';
import type { Digest } from '@regfleet/model';
import { REPOSITORY_ID_LENGTH } from './hold-blobs.ts';

/** Where the index keeps a blob: a bucket, and in it a field. */
export interface BlobPlace {
  readonly bucket: number;
  readonly field: string;
}

// 48 bits below the 12 of the bucket: that two of a million blobs are taken for one has a chance of one in two million,
// and would cost a refused mount.
const FIELD_BYTES = 6;

export function placeOf(registry: string, digest: Digest, buckets: number): BlobPlace {
  const hash = createHash('sha256').update(`${registry} ${digest}`).digest();
  return {
    bucket: hash.readUInt16BE(0) % buckets,
    field: hash.subarray(2, 2 + FIELD_BYTES).toString('base64url'),
  };
}

export function repositoryId(registry: string, repository: string): string {
  const hash = createHash('sha256').update(`${registry}/${repository}`).digest('base64url');
  return hash.slice(0, REPOSITORY_ID_LENGTH);
}

// As many as a field is given, and some of a release that gives it more: whoever can write to Redis can write a long one.
const MOST_IDS = 16;

/** The ids that a field holds, the newest first. */
export function idsIn(field: string): string[] {
  const count = Math.min(Math.floor(field.length / REPOSITORY_ID_LENGTH), MOST_IDS);
  return Array.from({ length: count }, (_, index) =>
    field.slice(index * REPOSITORY_ID_LENGTH, (index + 1) * REPOSITORY_ID_LENGTH),
  );
}
