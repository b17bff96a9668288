import type { Mapping, TagDecision } from '@regfleet/config';
import {
  type CopyRequest,
  type Digest,
  filterIndex,
  formatReference,
  isDigestTag,
  isPlatformList,
  isSyncError,
  type Manifest,
  type ReferrerRecord,
  type ReferrerRule,
  ruleKey,
  type SyncRecord,
  syncRecordKey,
} from '@regfleet/model';
import { findBelongings, type RegistryClient, subjectsOf } from '@regfleet/registry';
import type { Drift, DriftRecords } from './contract.ts';

/** The tags of a repository that stand for what belongs to images; absent: its tags were not listed, or nobody asks for these. */
export function digestTagsOf(
  { referrers, tags }: Mapping,
  decisions: readonly TagDecision[],
): ReadonlySet<string> | undefined {
  if (referrers === undefined || !tags.needsListing) return undefined;
  return new Set(decisions.flatMap(({ tag }) => (isDigestTag(tag) ? [tag] : [])));
}

/** How many tags stand for what belongs to images, and are not asked for as such. */
export const unaskedBelongings = ({ referrers }: Mapping, decisions: readonly TagDecision[]): number =>
  referrers === undefined ? decisions.filter(({ tag }) => isDigestTag(tag)).length : 0;

interface ReferredImage {
  readonly request: CopyRequest;
  /** Absent: nothing goes with it. */
  readonly referrers?: ReferrerRule;
  /** As `digestTagsOf` has it. */
  readonly digestTags?: ReadonlySet<string>;
}

interface Ports {
  readonly source: RegistryClient;
  readonly records: DriftRecords;
}

const NOT_YET = 'what belongs to it is not known to be at the target';
const CHANGED = 'what belongs to it has changed at the source';

/**
 * The drift of an image with what belongs to it.
 *
 * Of an image that is in sync the source is asked once in the interval of the rule: one request for each manifest of the image, and
 * one for each of its tags that a list of the repository shows; three more where there is no such list. What refers to referrers is looked at when
 * the image is copied, or what refers to itself changes.
 */
export async function withReferrers(
  image: ReferredImage,
  drift: Drift,
  ports: Ports,
  signal: AbortSignal = new AbortController().signal,
): Promise<Drift> {
  const { referrers: rule, request: asked } = image;
  const { state, sourceDigest, pickedPlatform } = drift;
  if (rule === undefined || state !== 'in-sync' || sourceDigest === undefined) return drift;
  const request = pickedPlatform === undefined ? asked : { ...asked, platform: pickedPlatform };
  const record = await ports.records.get(syncRecordKey(request));
  const synced = record?.sourceDigest === sourceDigest ? record.referrers : undefined;
  if (record === undefined || synced === undefined || synced.rule !== ruleKey(rule))
    return { ...drift, state: 'stale', why: NOT_YET };
  if (isFresh(synced, rule)) return drift;
  try {
    const checkedAtMs = Date.now();
    const question = { ...image, request, rule, record, synced };
    if ((await currentKey(question, ports.source, signal)) !== synced.key)
      return { ...drift, state: 'stale', why: CHANGED };
    await ports.records.set(syncRecordKey(request), { ...record, referrers: { ...synced, checkedAtMs } });
    return drift;
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error) || error.kind === 'rate-limited') throw error;
    const located = error.located({ side: 'source', reference: formatReference(request.source) });
    return { ...drift, state: 'unknown', error: located };
  }
}

/** A time to come is that of a clock which was wrong. */
function isFresh({ checkedAtMs }: ReferrerRecord, { checkMs }: ReferrerRule): boolean {
  const ageMs = Date.now() - checkedAtMs;
  return ageMs >= 0 && ageMs < checkMs;
}

interface Question extends Pick<ReferredImage, 'digestTags'> {
  readonly request: CopyRequest;
  readonly rule: ReferrerRule;
  readonly record: SyncRecord;
  readonly synced: ReferrerRecord;
}

async function currentKey(
  { request, rule, record, digestTags, synced }: Question,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<string> {
  const { repository } = request.source;
  const read = (digest: Digest) => client.getManifest(repository, digest, { signal });
  // What the target has is what is referred to, under whatever name the source has it.
  const subjects = synced.isSingle
    ? [record.targetDigest]
    : await subjectsOf(await copiedIndex(request, record, read), read);
  const { key } = await findBelongings(client, { repository, subjects, rule, digestTags, signal });
  return key;
}

/** The source has no index of some of its platforms: that is made again of its own. */
async function copiedIndex(
  { platform }: CopyRequest,
  { sourceDigest, targetDigest }: SyncRecord,
  read: (digest: Digest) => Promise<Manifest>,
): Promise<Manifest> {
  if (!isPlatformList(platform)) return await read(targetDigest);
  return filterIndex(await read(sourceDigest), platform).manifest;
}
