import { isDeepStrictEqual } from 'node:util';
import {
  type Digest,
  describeReferrer,
  forEachBounded,
  formatReference,
  isSyncError,
  type Manifest,
  type Referrer,
  SyncError,
} from '@regfleet/model';
import type { ReferrerList } from '@regfleet/registry';
import { digestReference, firstPass, type ImageCopy } from '../image-copy.ts';
import { at } from '../located.ts';
import { fetchManifest } from '../source-manifest.ts';
import { transferImage } from '../transfer.ts';
import { listUnderTag } from './fallback-list.ts';
import type { Attached } from './find-attached.ts';

const AT_ONCE = 4;

interface Bringing {
  readonly copy: ImageCopy;
  readonly attached: Attached;
  /** What was asked about or brought already, whatever the source makes up. */
  readonly done: Set<Digest>;
  readonly signal: AbortSignal;
}

/**
 * Brings what belongs to an image to where the image is, or is about to be.
 *
 * @returns whether anything was lacking.
 */
export async function bringAttached(
  copy: ImageCopy,
  attached: Attached,
  signal: AbortSignal,
): Promise<boolean> {
  const bringing = { copy, attached, done: new Set<Digest>(), signal };
  const brought = await forEachBounded(attached.subjects, { limit: AT_ONCE, signal }, (subject, either) =>
    bringReferrers({ ...bringing, signal: either }, subject),
  );
  const tagged = await forEachBounded(
    [...attached.tags],
    { limit: AT_ONCE, signal },
    ([tag, digest], either) => bringTag(copy, tag, digest, either),
  );
  return [...brought, ...tagged].includes(true);
}

async function bringReferrers(bringing: Bringing, subject: Digest): Promise<boolean> {
  const { copy, attached, done } = bringing;
  const referrers = attached.referrers.get(subject) ?? [];
  if (referrers.length === 0 || done.has(subject)) return false;
  done.add(subject);
  const { client, reference } = copy.target;
  const { signal } = bringing;
  const list = await at(copy.target, signal, () =>
    client.listReferrers(reference.repository, subject, { signal, isTarget: true }),
  );
  const brought = await forEachBounded(referrers, { limit: AT_ONCE, signal }, (referrer, either) =>
    bringReferrer({ ...bringing, signal: either }, { subject, referrer, list }),
  );
  const unlisted = brought.flatMap(({ unlisted }) => unlisted ?? []);
  if (unlisted.length > 0) await listUnderTag(copy, subject, unlisted, signal);
  return unlisted.length > 0 || brought.some(({ isNews }) => isNews);
}

interface Wanted {
  readonly subject: Digest;
  readonly referrer: Referrer;
  /** What the target lists. */
  readonly list: ReferrerList;
}

interface Brought {
  readonly isNews: boolean;
  /** What has to be listed under a tag, since the target does not list it by itself. */
  readonly unlisted?: Referrer;
}

async function bringReferrer(bringing: Bringing, wanted: Wanted): Promise<Brought> {
  const { copy, signal } = bringing;
  const { subject, referrer, list } = wanted;
  const listed = list.referrers.find(({ digest }) => digest === referrer.digest);
  if (listed !== undefined && list.from === 'api')
    return { isNews: await bringReferrers(bringing, referrer.digest) };
  const manifest = await readReferrer(copy, subject, referrer.digest, signal);
  if (manifest === undefined) return { isNews: false };
  const described = describeReferrer(manifest).referrer;
  const isThere = listed !== undefined && (await isAtTarget(copy, referrer.digest, signal));
  const isLinked = isThere ? false : await put(copy, manifest, signal);
  const isNews = await bringReferrers(bringing, referrer.digest);
  if (isLinked || (isThere && isDeepStrictEqual(listed, described))) return { isNews: isNews || !isThere };
  return { isNews: true, unlisted: described };
}

/** Absent: the source lists it and does not have it, as lists that others keep do. @throws {SyncError} `MANIFEST_INVALID` where it does not refer to the subject. */
async function readReferrer(
  copy: ImageCopy,
  subject: Digest,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const reference = formatReference(digestReference(copy.source.reference, digest));
  try {
    const manifest = await fetchManifest(copy, digest, signal);
    if (describeReferrer(manifest).subject === subject) return manifest;
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error) || error.code !== 'MANIFEST_UNKNOWN') throw error;
    copy.logger.warn({ reference, subject }, 'the source lists a referrer that it does not have: left out');
    return undefined;
  }
  throw new SyncError('MANIFEST_INVALID', {
    message: `${reference} is listed as a referrer of ${subject} and does not name that as its subject`,
    hint: 'the list is wrong: mend it at the source, or do without referrers for this image',
    side: 'source',
    reference,
    registry: copy.source.reference.registry,
  });
}

async function isAtTarget({ target }: ImageCopy, digest: Digest, signal: AbortSignal): Promise<boolean> {
  const { client, reference, side } = target;
  const place = { side, reference: digestReference(reference, digest) };
  const head = await at(place, signal, () => client.headTarget(reference.repository, digest, { signal }));
  return head !== undefined && !('untold' in head);
}

/** @returns whether the target lists it by itself. */
async function put(copy: ImageCopy, manifest: Manifest, signal: AbortSignal): Promise<boolean> {
  const { client, reference, side } = copy.target;
  const place = { side, reference: digestReference(reference, manifest.digest) };
  let isLinked = false;
  const publish = async (): Promise<Digest> => {
    const answer = await at(place, signal, () =>
      client.putReferrer(reference.repository, manifest, { signal }),
    );
    isLinked = answer.isLinked;
    return answer.digest;
  };
  await transferImage(partOf(copy, manifest.digest, { publish }), manifest, signal);
  return isLinked;
}

async function bringTag(copy: ImageCopy, tag: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
  const { client, reference, side } = copy.target;
  const place = { side, reference: { registry: reference.registry, repository: reference.repository, tag } };
  const head = await at(place, signal, () => client.headTarget(reference.repository, tag, { signal }));
  if (head !== undefined && !('untold' in head) && head.digest === digest) return false;
  const manifest = await fetchManifest(copy, digest, signal);
  await transferImage(
    partOf(copy, digest, { target: { ...copy.target, reference: place.reference } }),
    manifest,
    signal,
  );
  return true;
}

/** The copy of something that belongs to the image. */
function partOf(
  { publish: _, ...copy }: ImageCopy,
  digest: Digest,
  part: Partial<Pick<ImageCopy, 'publish' | 'target'>>,
): ImageCopy {
  const { source, target } = copy;
  return {
    ...copy,
    source: { ...source, reference: digestReference(source.reference, digest) },
    target: { ...target, reference: digestReference(target.reference, digest) },
    isUpdate: false,
    ...firstPass(),
    ...part,
  };
}
