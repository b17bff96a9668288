import {
  formatReference,
  isSyncError,
  type ManifestHead,
  manifestName,
  type Reference,
  SyncError,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

/** @throws {SyncError} of the source: `MANIFEST_UNKNOWN` where it has no such image. */
export async function headSource(
  source: Reference,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<ManifestHead> {
  const reference = formatReference(source);
  try {
    const found = await client.headManifest(source.repository, manifestName(source), { signal });
    if (found !== undefined) return found;
  } catch (error) {
    throw isSyncError(error) ? error.located({ side: 'source', reference }) : error;
  }
  throw new SyncError('MANIFEST_UNKNOWN', {
    message: `${reference} does not exist`,
    hint: 'check the name and tag, and that the credentials may see the repository',
    side: 'source',
    reference,
    registry: source.registry,
  });
}
