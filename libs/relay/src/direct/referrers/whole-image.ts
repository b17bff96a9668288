import {
  type CopyResult,
  cosignTags,
  type Digest,
  formatReference,
  isSignature,
  type Manifest,
  type ReferrerRecord,
  SyncError,
} from '@regfleet/model';
import type { CopyContext } from '../../contract.ts';
import type { ImageCopy } from '../image-copy.ts';
import { fetchManifest } from '../source-manifest.ts';
import { transferImage } from '../transfer.ts';
import { bringAttached } from './bring-attached.ts';
import { type Attached, findAttached, isNothing } from './find-attached.ts';

/**
 * Brings an image that the target lacks, and names it there once all that belongs to it is there.
 *
 * Where something does, the image is put under its digest first: what refers to it goes to where it is.
 */
export async function transferWhole(
  copy: ImageCopy,
  manifest: Manifest,
  { referrers: rule, signal }: Pick<CopyContext, 'referrers' | 'signal'>,
): Promise<{ readonly targetDigest: Digest; readonly referrers?: ReferrerRecord }> {
  if (rule === undefined) return { targetDigest: await transferImage(copy, manifest, signal) };
  const attached = await findAttached(copy, manifest, rule, signal);
  if (rule.needsSignature && !isSigned(attached, manifest.digest)) throw unsigned(copy, manifest);
  const name = copy.target.reference.tag ?? manifest.digest;
  const publish: ImageCopy['publish'] = async (put, either) => {
    if (isNothing(attached)) return put(name);
    const digest = await put(manifest.digest);
    await bringAttached(copy, attached, either);
    return name === manifest.digest ? digest : put(name);
  };
  const targetDigest = await transferImage({ ...copy, publish }, manifest, signal);
  return { targetDigest, referrers: attached.synced };
}

/** Brings what belongs to an image that the target has. @param options.root - absent: it has to be read. */
export async function attachMissing(
  copy: ImageCopy,
  found: CopyResult,
  { root, context }: { readonly root: Manifest | undefined; readonly context: CopyContext },
): Promise<CopyResult> {
  const { referrers: rule, signal } = context;
  if (rule === undefined) return found;
  const manifest = root ?? (await fetchManifest(copy, found.targetDigest, signal));
  const attached = await findAttached(copy, manifest, rule, signal);
  const isNews = await bringAttached(copy, attached, signal);
  return {
    ...found,
    outcome: isNews ? 'copied' : 'unchanged',
    bytesCopied: copy.progress.bytesCopied,
    referrers: attached.synced,
  };
}

const isSigned = ({ referrers, tags }: Attached, digest: Digest): boolean =>
  (referrers.get(digest) ?? []).some(isSignature) || tags.has(cosignTags(digest)[0] ?? '');

function unsigned({ source: { side, reference } }: ImageCopy, { digest }: Manifest): SyncError {
  const name = formatReference(reference);
  return new SyncError('SIGNATURE_MISSING', {
    message: `${name} is held back: nothing that goes along with ${digest} is a signature`,
    hint: 'it is copied by a run once it is signed; only whether there is a signature is looked at, nothing is verified',
    side,
    reference: name,
    registry: reference.registry,
  });
}
