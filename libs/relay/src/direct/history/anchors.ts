import { type AnchorTag, formatReference, isSyncError } from '@regfleet/model';
import type { ImageCopy } from '../image-copy.ts';
import { at } from '../located.ts';
import { BLANK, bringBlank } from './blank.ts';
import { tagPlace } from './named.ts';

/**
 * Lets what anchors hold go: each names the blank from then on, and is deleted where the registry deletes tags.
 *
 * What a registry that takes more than the tag would take is the blank. Those that are blank already are found from the newest one, since
 * older ones go first.
 *
 * @param anchors - oldest first.
 */
async function releaseAnchors(
  copy: ImageCopy,
  anchors: readonly AnchorTag[],
  signal: AbortSignal,
): Promise<void> {
  const held: AnchorTag[] = [];
  for (const anchor of anchors.toReversed()) {
    const content = await contentOf(copy, anchor, signal);
    if (content === 'blank') break;
    if (content === 'held') held.unshift(anchor);
  }
  if (held.length === 0) return;
  await at(copy.target, signal, () => bringBlank(copy, signal));
  for (const anchor of held) await release(copy, anchor, signal);
}

async function contentOf(
  copy: ImageCopy,
  anchor: AnchorTag,
  signal: AbortSignal,
): Promise<'blank' | 'held' | 'none'> {
  const { client, reference } = copy.target;
  const head = await at(tagPlace(copy, anchor.text), signal, () =>
    client.headTarget(reference.repository, anchor.text, { signal }),
  );
  if (head === undefined) return 'none';
  return 'digest' in head && head.digest === BLANK.digest ? 'blank' : 'held';
}

async function release(copy: ImageCopy, anchor: AnchorTag, signal: AbortSignal): Promise<void> {
  const { client, reference } = copy.target;
  const { repository } = reference;
  const place = tagPlace(copy, anchor.text);
  const isDeleted = await at(place, signal, async () => {
    await client.putManifest(repository, anchor.text, BLANK, { signal });
    return client.deleteTag(repository, anchor.text, { signal });
  });
  if (isDeleted) copy.state.anchors.remove(copy.target, anchor);
  copy.logger.info(
    { reference: formatReference(place.reference) },
    isDeleted
      ? 'an image of a tag is kept no longer: its anchor is deleted'
      : 'an image of a tag is kept no longer: its anchor names nothing from here on, and stays, since the registry deletes no tags for us',
  );
}

/** The same, of a copy that is done: what goes wrong then is done with the next one. */
export async function releaseExpired(
  copy: ImageCopy,
  expired: readonly AnchorTag[] | (() => Promise<readonly AnchorTag[]>),
  signal: AbortSignal,
): Promise<void> {
  try {
    const anchors = typeof expired === 'function' ? await expired() : expired;
    await releaseAnchors(copy, anchors, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error)) throw error;
    const reference = formatReference(copy.target.reference);
    copy.logger.warn({ reference, error }, 'what is to be kept no longer is there until the next copy');
  }
}
