import {
  type AnchorTag,
  byTime,
  type Digest,
  digestDigits,
  expiredAnchors,
  formatAnchor,
  formatReference,
  type HistoryRule,
  isAnchorTag,
  isSyncError,
  isTagName,
  type OverwrittenImage,
  SyncError,
} from '@regfleet/model';
import type { ImageCopy } from '../image-copy.ts';
import { at } from '../located.ts';
import { releaseExpired } from './anchors.ts';
import { headNamed, putNamed, readNamed } from './named.ts';

/**
 * Gives what the target's tag names the names by which it stays, right before the tag is written. No blob is sent: all are there.
 *
 * @param next - what the tag is about to name.
 * @throws {SyncError} where that cannot be done: the tag is not to be written then.
 */
export async function keepOverwritten(
  copy: ImageCopy,
  rule: HistoryRule,
  next: Digest,
  signal: AbortSignal,
): Promise<void> {
  const { target } = copy;
  const { tag, repository } = target.reference;
  if (tag === undefined) return;
  const digest = (await headNamed(copy, tag, signal))?.digest;
  if (digest === undefined || digest === next) return;
  const last = rule.keep === undefined ? undefined : await lastKept(copy, signal);
  const atMs = triedBefore(rule, last, digest)?.atMs ?? firstTriedMs(copy, digest);
  const image = { repository, tag, digest, atMs };
  const [first, ...more] = await wantedNames(copy, rule, { image, last }, signal);
  if (first === undefined) return;
  const manifest = await readNamed(copy, digest, signal);
  for (const name of [first, ...more]) {
    await putNamed(copy, name, manifest, signal);
    copy.state.anchors.add(copy.target, name);
  }
}

/** The tag was written: lets go what the rule keeps no longer. What goes wrong then is done when the tag moves again. */
export async function pruneKept(
  copy: ImageCopy,
  { keep }: HistoryRule,
  current: Digest,
  signal: AbortSignal,
): Promise<void> {
  copy.state.overwrites.delete(formatReference(copy.target.reference));
  if (keep === undefined || (keep.kind === 'age' && isAhead(copy))) return;
  const expired = async () =>
    expiredAnchors(await keptOf(copy, signal), keep, { current, nowMs: Date.now() });
  await releaseExpired(copy, expired, signal);
}

const MOST_AHEAD_MS = 60 * 60_000;

/** By a clock that is ahead everything is old: nothing is let go by it, since nobody could bring that back. */
function isAhead({ target: { client, reference }, logger }: ImageCopy): boolean {
  const { clockAheadMs = 0 } = client;
  if (clockAheadMs <= MOST_AHEAD_MS) return false;
  logger.warn(
    { reference: formatReference(reference), clockAheadMs },
    "nothing is let go: our clock is ahead of the registry's",
  );
  return true;
}

/**
 * When it was tried first to overwrite the digest: a copy that fails at the tag itself, and is tried again, adds no names.
 */
function firstTriedMs({ state, target: { reference } }: ImageCopy, digest: Digest): number {
  const key = formatReference(reference);
  const last = state.overwrites.get(key);
  const tried = last?.digest === digest ? last : { digest, atMs: Date.now() };
  state.overwrites.set(key, tried);
  return tried.atMs;
}

/**
 * The anchor that a copy has written which failed at the tag itself, maybe in another process: who tries again gives the same names. What is
 * kept for a time is kept from the last try on.
 */
const triedBefore = (
  { keep }: HistoryRule,
  last: AnchorTag | undefined,
  digest: Digest,
): AnchorTag | undefined =>
  keep?.kind === 'count' && last?.digits === digestDigits(digest) ? last : undefined;

/** The tags that are still to be given to it. */
async function wantedNames(
  copy: ImageCopy,
  { keep, backup }: HistoryRule,
  { image, last }: { readonly image: OverwrittenImage; readonly last: AnchorTag | undefined },
  signal: AbortSignal,
): Promise<string[]> {
  const anchor = keep === undefined ? [] : [keepName(image, last)];
  if (backup === undefined) return anchor;
  const name = backup(image);
  if (!isTagName(name) || isAnchorTag(name)) throw misnamed(copy, name);
  const there = await headNamed(copy, name, signal);
  if (there !== undefined && there.digest !== image.digest) throw occupied(copy, name, there.digest);
  return there === undefined ? [name, ...anchor] : anchor;
}

/**
 * The name of the anchor: never from before the last one of the tag, so that what was overwritten last is not let go first where a clock
 * is behind. The last one may be that of a try before.
 */
function keepName(image: OverwrittenImage, last: AnchorTag | undefined): string {
  if (last === undefined || last.atMs < image.atMs) return formatAnchor({ kind: 'keep', ...image });
  return last.digits === digestDigits(image.digest)
    ? last.text
    : formatAnchor({ kind: 'keep', ...image, atMs: last.atMs + 1 });
}

async function lastKept(copy: ImageCopy, signal: AbortSignal): Promise<AnchorTag | undefined> {
  return (await keptOf(copy, signal).catch(unlessListed)).toSorted(byTime).at(-1);
}

/** A target that does not list its tags keeps none from being overwritten. */
function unlessListed(error: unknown): [] {
  if (isSyncError(error)) return [];
  throw error;
}

async function keptOf(copy: ImageCopy, signal: AbortSignal): Promise<AnchorTag[]> {
  const anchors = await at(copy.target, signal, () => copy.state.anchors.of(copy.target, signal));
  return anchors.filter(({ kind }) => kind === 'keep');
}

function misnamed({ target: { side, reference } }: ImageCopy, name: string): SyncError {
  return new SyncError('REFERENCE_INVALID', {
    message: `"backup" makes "${name}" of ${formatReference(reference)}, which no tag of yours can be: it is not overwritten`,
    hint: 'tags have at most 128 letters, digits and _ . -: mend "backup", or leave the image out by "tags"',
    side,
    reference: formatReference(reference),
    registry: reference.registry,
  });
}

function occupied({ target: { side, reference } }: ImageCopy, name: string, digest: Digest): SyncError {
  return new SyncError('TARGET_CONFLICT', {
    message: `${formatReference(reference)} is not overwritten: its backup would be ${name}, which is ${digest} already`,
    hint: 'remove that tag, or put {digest} into "backup"',
    side,
    reference: formatReference(reference),
    registry: reference.registry,
  });
}
