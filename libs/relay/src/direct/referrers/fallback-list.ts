import {
  type Digest,
  digestOf,
  fallbackTag,
  formatReference,
  isSyncError,
  MAX_REFERRERS,
  type Manifest,
  MEDIA_TYPES,
  mergeReferrers,
  parseReferrers,
  type Referrer,
  tooManyReferrers,
} from '@regfleet/model';
import type { SubjectLease } from '../../subject-leases.ts';
import type { ImageCopy } from '../image-copy.ts';
import { at } from '../located.ts';

// Each finds a list that somebody has written since it was read.
const MAX_TRIES = 8;

/**
 * Lists referrers of a subject under the tag that takes the place of a list of the registry, beside what others have listed there.
 *
 * One process of the fleet at a time writes the list of a subject. A registry that honours conditions refuses what would undo the
 * work of somebody else; with any other, the list of one who wrote between our reading and our writing is lost, and cannot be seen.
 */
export async function listUnderTag(
  copy: ImageCopy,
  subject: Digest,
  referrers: readonly Referrer[],
  signal: AbortSignal,
): Promise<void> {
  const { registry, repository } = copy.target.reference;
  const place = { side: copy.target.side, reference: { registry, repository, tag: fallbackTag(subject) } };
  const name = formatReference(place.reference);
  await copy.state.subjects.hold(name, signal, async (lease) => {
    for (let tries = 1; ; tries += 1) {
      const write = () => writeList(copy, subject, referrers, lease);
      try {
        return await at(place, lease.signal, write);
      } catch (error) {
        if (tries >= MAX_TRIES || !isSyncError(error) || error.httpStatus !== 412) throw error;
        copy.logger.debug({ reference: name }, 'somebody else has written the list of referrers: once more');
      }
    }
  });
}

async function writeList(
  { target: { client, reference } }: ImageCopy,
  subject: Digest,
  referrers: readonly Referrer[],
  { signal, check }: SubjectLease,
): Promise<void> {
  const { repository } = reference;
  const { tag } = await client.listReferrers(repository, subject, {
    signal,
    isTarget: true,
    isOnlyTag: true,
  });
  const bytes = mergeReferrers(tag?.bytes, referrers);
  if (bytes === undefined) return;
  if ((parseReferrers(bytes)?.length ?? 0) > MAX_REFERRERS)
    throw tooManyReferrers(`${reference.registry}/${repository}@${subject}`);
  check();
  const ifMatch = tag?.digest ?? 'nothing';
  await client.putManifest(repository, fallbackTag(subject), indexOf(bytes), { signal, ifMatch });
}

const indexOf = (bytes: Uint8Array): Manifest => ({
  mediaType: MEDIA_TYPES.ociIndex,
  digest: digestOf(bytes),
  bytes,
});
