import {
  type CopyRequest,
  type Digest,
  formatReference,
  isIndexMediaType,
  isSyncError,
  localPlatform,
  manifestName,
  RELAYS,
  type Side,
  SyncError,
  syncRecordKey,
} from '@regfleet/model';
import type { ManifestHead, RegistryClient } from '@regfleet/registry';
import type { Drift, DriftRecords } from './contract.ts';
import { platformChild } from './platform-child.ts';

export interface DriftSides {
  readonly source: RegistryClient;
  readonly target: RegistryClient;
}

/**
 * Whether the target holds what the source has, by one HEAD a side.
 *
 * With a sync record its digests are compared, since a relay may have picked a platform or rebuilt the manifest; without
 * one the two sides are. A failure is not thrown but told as `unknown`: the copy is retried with backoff, a check is not.
 *
 * @throws {SyncError} `RATE_LIMITED`, after which more questions would only make it worse; the abort reason.
 */
export async function findDrift(
  request: CopyRequest,
  sides: DriftSides,
  records: DriftRecords,
  signal?: AbortSignal,
): Promise<Drift> {
  try {
    const [source, target, record] = await Promise.all([
      headSource(request, sides.source, signal),
      head(request, 'target', sides.target, signal),
      records.get(syncRecordKey(request)),
    ]);
    if (target === undefined) return { state: 'missing', sourceDigest: source.digest };
    if (record?.sourceDigest === source.digest && record.targetDigest === target.digest) {
      return { state: 'in-sync', sourceDigest: source.digest };
    }
    const expected = await expectedDigest(request, source, sides.source, signal);
    if (expected !== target.digest) return { state: 'stale', sourceDigest: source.digest };
    if (expected !== source.digest) await remember(request, source.digest, expected, records);
    return { state: 'in-sync', sourceDigest: source.digest };
  } catch (error) {
    signal?.throwIfAborted();
    if (!isSyncError(error) || error.kind === 'rate-limited') throw error;
    return { state: 'unknown', error };
  }
}

type SourceHead = Pick<ManifestHead, 'digest'> & Partial<Pick<ManifestHead, 'mediaType'>>;

async function headSource(
  request: CopyRequest,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<SourceHead> {
  const found = await head(request, 'source', client, signal);
  if (found !== undefined) return found;
  throw new SyncError('MANIFEST_UNKNOWN', {
    message: `${formatReference(request.source)} does not exist`,
    hint: 'check the name and tag, and that the credentials may see the repository',
    side: 'source',
    reference: formatReference(request.source),
    registry: request.source.registry,
  });
}

async function head(
  request: CopyRequest,
  side: Side,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<ManifestHead | undefined> {
  const reference = request[side];
  try {
    return await client.headManifest(reference.repository, manifestName(reference), { signal });
  } catch (error) {
    throw isSyncError(error) ? error.located({ side, reference: formatReference(reference) }) : error;
  }
}

/** The digest the target should answer with; absent where it cannot be known before a copy. */
async function expectedDigest(
  request: CopyRequest,
  source: SourceHead,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  if (!RELAYS[request.relay].keepsManifestBytes) return undefined;
  const isIndex = source.mediaType !== undefined && isIndexMediaType(source.mediaType);
  if (!isIndex || request.platform === 'all') return source.digest;
  return platformChild(client, request.source, {
    index: source.digest,
    platform: request.platform ?? localPlatform(),
    signal,
  });
}

function remember(
  request: CopyRequest,
  sourceDigest: Digest,
  targetDigest: Digest,
  records: DriftRecords,
): Promise<void> {
  return records.set(syncRecordKey(request), {
    sourceDigest,
    targetDigest,
    syncedAtMs: Date.now(),
    relay: request.relay,
  });
}
