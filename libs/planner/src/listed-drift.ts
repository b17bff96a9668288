import {
  type Digest,
  isIndexMediaType,
  localPlatform,
  type ManifestHead,
  RELAYS,
  syncRecordKey,
} from '@regfleet/model';
import type { TagDigest, TargetHead } from '@regfleet/registry';
import type { Drift, DriftRecords } from './contract.ts';
import type { SelectedImage } from './expand.ts';
import type { ListedDigests } from './listed-digests.ts';

/** What lists tell, and how each side is asked about the tag itself. */
export interface ListedSides {
  readonly source: ListedDigests;
  readonly target: ListedDigests;
}

export interface Heads {
  source(): Promise<Pick<ManifestHead, 'digest'> & Partial<Pick<ManifestHead, 'mediaType'>>>;
  target(): Promise<TargetHead>;
}

/** A side, by a list or by its own word. */
interface Told {
  readonly digest: Digest;
  /** Absent: it is not known. */
  readonly isIndex: boolean | undefined;
}

/**
 * `in-sync` where lists show it, and for a side that no list tells of its own word; absent: the two sides have to be asked.
 */
export async function driftByLists(
  image: Pick<SelectedImage, 'request' | 'among'>,
  ports: { readonly records: DriftRecords; readonly listed: ListedSides },
  heads: Heads,
  signal: AbortSignal | undefined,
): Promise<Drift | undefined> {
  const { request, among } = image;
  const [source, target] = await Promise.all([
    ports.listed.source.of(request.source, among, signal),
    ports.listed.target.of(request.target, among, signal),
  ]);
  if (source === undefined && target === undefined) return undefined;
  const sourceSide = source === undefined ? byHead(await heads.source()) : byList(source);
  const targetSide = target === undefined ? await heads.target() : byList(target);
  if (targetSide === undefined || 'untold' in targetSide) return undefined;
  return await inSync(request, sourceSide, targetSide.digest, ports.records);
}

const byList = ({ digest, isIndex }: TagDigest): Told => ({ digest, isIndex });

const byHead = ({ digest, mediaType }: Awaited<ReturnType<Heads['source']>>): Told => ({
  digest,
  isIndex: mediaType !== undefined && isIndexMediaType(mediaType),
});

/** As a comparison of heads tells it, but that nothing is asked to find out what a platform's digest would be. */
async function inSync(
  asked: SelectedImage['request'],
  source: Told,
  target: Digest,
  records: DriftRecords,
): Promise<Drift | undefined> {
  const { keepsManifestBytes } = RELAYS[asked.relay];
  const isPicked = asked.platform === undefined && keepsManifestBytes;
  if (source.isIndex === undefined && asked.platform !== 'all') return undefined;
  const pickedPlatform = isPicked && source.isIndex ? localPlatform() : undefined;
  const request = pickedPlatform ? { ...asked, platform: pickedPlatform } : asked;
  const record = await records.get(syncRecordKey(request));
  const isRecorded = record?.sourceDigest === source.digest && record.targetDigest === target;
  const isOnePlatform = source.isIndex && request.platform !== 'all';
  const isSame = keepsManifestBytes && !isOnePlatform && source.digest === target;
  if (!isRecorded && !isSame) return undefined;
  // No record: what may not be asked about again is taken from the tag's own answer, and never from a list, which may be behind.
  return { state: 'in-sync', sourceDigest: source.digest, ...(pickedPlatform && { pickedPlatform }) };
}
