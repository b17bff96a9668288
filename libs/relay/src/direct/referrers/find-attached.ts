import {
  type Digest,
  forEachBounded,
  isIndexMediaType,
  MAX_REFERRERS,
  type Manifest,
  type Referrer,
  type ReferrerRecord,
  type ReferrerRule,
  ruleKey,
  tooManyReferrers,
} from '@regfleet/model';
import { findBelongings, subjectsOf } from '@regfleet/registry';
import type { ImageCopy } from '../image-copy.ts';
import { at } from '../located.ts';
import { fetchManifest } from '../source-manifest.ts';

const AT_ONCE = 4;

/** What belongs to an image at its source. */
export interface Attached {
  readonly subjects: readonly Digest[];
  /** What refers to the subjects, and to those in turn, by what it refers to. */
  readonly referrers: ReadonlyMap<Digest, readonly Referrer[]>;
  /** What cosign keeps under tags of its own. */
  readonly tags: ReadonlyMap<string, Digest>;
  readonly synced: ReferrerRecord;
}

export const isNothing = ({ referrers, tags }: Attached): boolean =>
  tags.size === 0 && [...referrers.values()].every((list) => list.length === 0);

/** @throws {SyncError} `MANIFEST_INVALID` where there is more than belongs to any image. */
export async function findAttached(
  copy: ImageCopy,
  root: Manifest,
  rule: ReferrerRule,
  signal: AbortSignal,
): Promise<Attached> {
  const { source } = copy;
  const { repository } = source.reference;
  const checkedAtMs = Date.now();
  return await at(source, signal, async () => {
    const subjects = await subjectsOf(root, (digest) => fetchManifest(copy, digest, signal));
    const question = { repository, subjects, rule, signal };
    const { referrers, tags, key } = await findBelongings(source.client, question);
    const isSingle = !isIndexMediaType(root.mediaType);
    return {
      subjects,
      referrers: await withTheirOwn(copy, referrers, signal),
      tags,
      synced: { rule: ruleKey(rule), key, checkedAtMs, isSingle },
    };
  });
}

/** With what refers to referrers, each asked about once whatever the registry makes up. */
async function withTheirOwn(
  { source: { client, reference } }: ImageCopy,
  first: ReadonlyMap<Digest, readonly Referrer[]>,
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, readonly Referrer[]>> {
  const all = new Map(first);
  let count = 0;
  let level = [...first.values()].flat();
  while (level.length > 0) {
    count += level.length;
    if (count > MAX_REFERRERS) throw tooManyReferrers(`${reference.registry}/${reference.repository}`);
    const unseen = new Set(level.map(({ digest }) => digest).filter((digest) => !all.has(digest)));
    const lists = await forEachBounded([...unseen], { limit: AT_ONCE, signal }, async (digest, either) => {
      const { referrers } = await client.listReferrers(reference.repository, digest, { signal: either });
      all.set(digest, referrers);
      return referrers;
    });
    level = lists.flat();
  }
  return all;
}
