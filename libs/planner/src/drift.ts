import type { ManifestHead } from '@regfleet/model';
import {
  type CopyRequest,
  type Digest,
  formatReference,
  isIndexMediaType,
  isSyncError,
  localPlatform,
  manifestName,
  type Platform,
  RELAYS,
  type Side,
  type SyncError,
  type SyncRecord,
  sourceKey,
  syncRecord,
  syncRecordKey,
} from '@regfleet/model';
import type { RegistryClient, TargetHead } from '@regfleet/registry';
import type { Drift, DriftRecords } from './contract.ts';
import type { SelectedImage } from './expand.ts';
import { headSource } from './head-source.ts';
import { driftByLists, type ListedSides } from './listed-drift.ts';
import type { PlatformChildren } from './platform-children.ts';
import type { TargetTags, Turn } from './target-tags.ts';

/** Whom a comparison asks, and what the comparisons of one plan share. */
export interface DriftPorts {
  readonly source: RegistryClient;
  readonly target: RegistryClient;
  readonly records: DriftRecords;
  readonly platformChildren: PlatformChildren;
  readonly targetTags: TargetTags;
  readonly listed: ListedSides;
  /** As `PlanOptions` has it. */
  readonly isForCopies: boolean;
}

/** What is compared. */
export type ComparedImage = Pick<SelectedImage, 'request' | 'immutable' | 'among' | 'head'>;

/**
 * Whether the target holds what the source has, by one HEAD a side; by none for an immutable tag that was seen in sync,
 * by none of the target where a listing has shown that it lacks the tag, of the source neither where the copy will ask it anyway,
 * and by none of a side whose registry lists digests where that list shows it to be in sync.
 *
 * With a sync record its digests are compared, since a relay may have picked a platform or rebuilt the manifest; without
 * one the two sides are. A failure is not thrown but told as `unknown`: the copy is retried with backoff, a check is not.
 *
 * @throws {SyncError} `RATE_LIMITED`, after which more questions would only make it worse; the abort reason.
 */
export async function findDrift(
  image: ComparedImage,
  ports: DriftPorts,
  signal?: AbortSignal,
): Promise<Drift> {
  try {
    const { request, immutable } = image;
    const settled = immutable === undefined ? undefined : await settledDrift(request, ports.records);
    return settled ?? (await compare(image, ports, signal));
  } catch (error) {
    signal?.throwIfAborted();
    if (!isSyncError(error) || error.kind === 'rate-limited') throw error;
    return { state: 'unknown', error };
  }
}

/** What the record of an immutable tag says; absent where there is none, or one of another source. */
async function settledDrift(request: CopyRequest, records: DriftRecords): Promise<Drift | undefined> {
  const picked = { ...request, platform: request.platform ?? localPlatform() };
  const candidates = request.platform === undefined ? [request, picked] : [request];
  for (const candidate of candidates) {
    const record = await records.get(syncRecordKey(candidate));
    if (record?.sourceKey === sourceKey(request.source)) {
      return { state: 'in-sync', sourceDigest: record.sourceDigest, isRemembered: true };
    }
  }
  return undefined;
}

async function compare(image: ComparedImage, ports: DriftPorts, signal?: AbortSignal): Promise<Drift> {
  const { records } = ports;
  const turn = once(() => ports.targetTags.turnOf(image.request.target, image.among, signal));
  const heads = {
    source: once(async () => image.head ?? (await headSource(image.request.source, ports.source, signal))),
    target: once(() => headTarget(image.request, ports, turn, signal)),
  };
  // Of one that is asked for at any rate the source may as well be asked at the same time.
  if (isForCopy(image.request, ports) && (await turn()) !== 'ask' && (await heads.target()) === undefined)
    return { state: 'missing', ...(await novelty(image.request, ports, signal)) };
  const listed = await driftByLists(image, ports, heads, signal);
  if (listed !== undefined) return listed;
  const [source, target] = await Promise.all([heads.source(), heads.target()]);
  const pickedPlatform = defaultPlatform(image.request, source);
  const request = pickedPlatform ? { ...image.request, platform: pickedPlatform } : image.request;
  const found = { sourceDigest: source.digest, ...(pickedPlatform && { pickedPlatform }) };
  if (target === undefined)
    return { state: 'missing', ...found, ...(await novelty(image.request, ports, signal)) };
  if ('untold' in target) return { state: 'unknown', ...found, error: target.untold };
  const record = await records.get(syncRecordKey(request));
  const isRecorded = record?.sourceDigest === source.digest && record.targetDigest === target.digest;
  const movedFrom = digestBefore(record, request, source.digest);
  if (!isRecorded) {
    const expected = await expectedDigest(request, source, ports.platformChildren, signal);
    if (expected !== target.digest) return { state: 'stale', ...found, ...movedFrom, target };
  }
  const digests = { sourceDigest: source.digest, targetDigest: target.digest };
  // Where the two are equal, the comparison alone tells it again; an immutable tag is not to be compared again.
  const isWorthIt = isRecorded
    ? image.immutable !== undefined && record.sourceKey !== sourceKey(request.source)
    : image.immutable !== undefined || source.digest !== target.digest;
  if (isWorthIt) await records.set(syncRecordKey(request), syncRecord(request, digests));
  return { state: 'in-sync', ...found, ...movedFrom };
}

/** Of the record of another source nothing follows. */
function digestBefore(
  record: SyncRecord | undefined,
  { source }: CopyRequest,
  digest: Digest,
): Pick<Drift, 'movedFrom'> {
  if (record === undefined || record.sourceDigest === digest || record.sourceKey !== sourceKey(source))
    return {};
  return { movedFrom: record.sourceDigest };
}

/**
 * Whether all that the source is left to tell is told to the copy by the same request. A HEAD is for nothing else than where GETs
 * are counted, of which tags that are one image need one, and where the platform depends on whether the source is an index.
 */
const isForCopy = ({ relay, platform }: CopyRequest, { isForCopies, source }: DriftPorts): boolean =>
  isForCopies && RELAYS[relay].readsSourceByTag && platform !== undefined && !source.countsPulls;

async function novelty(
  { target }: CopyRequest,
  { targetTags }: DriftPorts,
  signal?: AbortSignal,
): Promise<Pick<Drift, 'isNewRepository'>> {
  return (await targetTags.isNew(target, signal)) ? { isNewRepository: true } : {};
}

function once<Told>(ask: () => Promise<Told>): () => Promise<Told> {
  let told: Promise<Told> | undefined;
  return () => {
    told ??= ask();
    return told;
  };
}

/**
 * The platform of this machine where the source is an index and none is asked for, so that it does not depend on which
 * machine copies. With the docker relay the daemon picks.
 */
export function defaultPlatform(request: CopyRequest, source: SourceHead): Platform | undefined {
  if (request.platform !== undefined || !RELAYS[request.relay].keepsManifestBytes) return undefined;
  return isIndex(source) ? localPlatform() : undefined;
}

const isIndex = ({ mediaType }: SourceHead): boolean =>
  mediaType !== undefined && isIndexMediaType(mediaType);

type SourceHead = Pick<ManifestHead, 'digest'> & Partial<Pick<ManifestHead, 'mediaType'>>;

async function headTarget(
  request: CopyRequest,
  { target: client, targetTags }: DriftPorts,
  turn: () => Promise<Turn>,
  signal?: AbortSignal,
): Promise<TargetHead> {
  const { target } = request;
  if ((await turn()) === 'missing') return undefined;
  const name = manifestName(target);
  let answer: 'missing' | 'there' | 'untold' = 'untold';
  try {
    const found = await at(request, 'target', () => client.headTarget(target.repository, name, { signal }));
    if (found !== undefined && 'untold' in found) return { untold: located(request, 'target', found.untold) };
    answer = found === undefined ? 'missing' : 'there';
    return found;
  } finally {
    targetTags.record(target, answer);
  }
}

async function at<Told>(request: CopyRequest, side: Side, ask: () => Promise<Told>): Promise<Told> {
  try {
    return await ask();
  } catch (error) {
    throw isSyncError(error) ? located(request, side, error) : error;
  }
}

const located = (request: CopyRequest, side: Side, error: SyncError): SyncError =>
  error.located({ side, reference: formatReference(request[side]) });

/** The digest the target should answer with; absent where it cannot be known before a copy. */
async function expectedDigest(
  request: CopyRequest,
  source: SourceHead,
  platformChildren: PlatformChildren,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  if (!RELAYS[request.relay].keepsManifestBytes) return undefined;
  const { platform } = request;
  if (!isIndex(source) || platform === undefined || platform === 'all') return source.digest;
  const { repository } = request.source;
  return platformChildren.find({ digest: source.digest, repository }, platform, signal);
}
