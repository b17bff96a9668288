import { isSyncError } from '@regfleet/model';

/**
 * Whether the target refused a manifest because content that it refers to is not there.
 *
 * That happens to complete pushes: garbage is collected, or copies that write the same blob at once get into each
 * other's way (docker-registry 2.8 on a file system). Pushing once more mends it.
 */
export const isMissingContent = (error: unknown): boolean =>
  isSyncError(error) && error.side === 'target' && CODES.has(error.code);

// docker-registry says of a blob that is half linked that its digest is invalid.
const CODES: ReadonlySet<string> = new Set(['BLOB_UNKNOWN', 'DIGEST_MISMATCH', 'MANIFEST_UNKNOWN']);
