import { createHash } from 'node:crypto';
import { SyncError } from './errors.ts';
import { clip } from './text/clip.ts';

declare const brand: unique symbol;

/** A content digest, `algorithm:hex`, as the OCI image specification defines it. */
export type Digest = string & { readonly [brand]: 'Digest' };

// In messages.
const SHOWN_LENGTH = 200;

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** @throws {SyncError} `REFERENCE_INVALID` when `text` is not a sha256 or sha512 digest. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new SyncError('REFERENCE_INVALID', {
    message: `"${clip(text, SHOWN_LENGTH)}" is not a digest`,
    hint: 'a digest is sha256: followed by 64 lower-case hex digits',
  });
}

/** The digest of a content by sha256, which every registry knows. */
export const digestOf = (content: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest;
