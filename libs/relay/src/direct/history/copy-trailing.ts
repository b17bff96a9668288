import {
  type AnchorTag,
  anchorOf,
  type CopyRequest,
  type CopyResult,
  type Digest,
  digestDigits,
  formatReference,
  manifestName,
  type TrailRule,
  trailDue,
  trailStep,
} from '@regfleet/model';
import type { ImageCopy } from '../image-copy.ts';
import { at } from '../located.ts';
import { selectManifest } from '../selection.ts';
import { fetchManifest, fetchTagged } from '../source-manifest.ts';
import { transferImage } from '../transfer.ts';
import { releaseExpired } from './anchors.ts';
import { BLANK } from './blank.ts';
import { headNamed, readNamed } from './named.ts';

/** Puts a manifest that the target holds under the name that is to be written. */
type Publish = (manifest: Awaited<ReturnType<typeof readNamed>>) => Promise<void>;

/**
 * Brings what the source has now to the target under a tag that holds it, and lets the target's tag follow to what was held for long
 * enough.
 */
export async function copyTrailing(
  copy: ImageCopy,
  request: CopyRequest,
  {
    rule,
    publish,
    signal,
  }: { readonly rule: TrailRule; readonly publish: Publish; readonly signal: AbortSignal },
): Promise<CopyResult> {
  const tag = copy.target.reference.tag ?? '';
  const source = await sourceDigest(copy, signal);
  const current = (await headNamed(copy, tag, signal))?.digest;
  const anchors = await at(copy.target, signal, () => copy.state.anchors.now(copy.target, signal));
  const holds = anchors.filter(({ kind }) => kind === 'hold');
  const look = () =>
    at(copy.target, signal, async () => trailStep(holds, rule, { source, current, nowMs: Date.now() }));
  const { newsAtMs } = await look();
  const bring = (atMs: number) => stage(copy, request, { tag, digest: source, atMs }, signal);
  if (newsAtMs !== undefined) holds.push(await bring(newsAtMs));
  const step = await look();
  const due = await trailDue(step, current, (anchor) => contentOf(copy, anchor, signal));
  const next = due && (await heldBy(copy, due, { source, bring, signal }));
  if (next !== undefined) await publish(await readNamed(copy, next, signal));
  await releaseExpired(copy, step.expired, signal);
  return {
    outcome: newsAtMs !== undefined || next !== undefined ? 'copied' : 'unchanged',
    sourceDigest: source,
    targetDigest: next ?? current ?? source,
    bytesCopied: copy.progress.bytesCopied,
    isKept: true,
  };
}

async function sourceDigest(copy: ImageCopy, signal: AbortSignal): Promise<Digest> {
  const { client, reference } = copy.source;
  if (reference.digest !== undefined) return reference.digest;
  const name = manifestName(reference);
  const head = await at(copy.source, signal, () =>
    client.headManifest(reference.repository, name, { signal }),
  );
  if (head !== undefined) return head.digest;
  // Says what is missing.
  const manifest = await fetchTagged(copy, undefined, signal);
  return manifest?.digest ?? (await sourceDigest(copy, signal));
}

async function stage(
  copy: ImageCopy,
  { platform }: CopyRequest,
  seen: { readonly tag: string; readonly digest: Digest; readonly atMs: number },
  signal: AbortSignal,
): Promise<AnchorTag> {
  const root = await fetchManifest(copy, seen.digest, signal);
  const { manifest, isMade } = await selectManifest(copy, root, platform, signal);
  const hold = anchorOf({ kind: 'hold', ...seen });
  const held = { ...copy, ...(isMade && { made: manifest }) };
  await transferImage({ ...held, publish: (put) => put(hold.text) }, manifest, signal);
  copy.state.anchors.add(copy.target, hold.text);
  await at(copy.target, signal, () => copy.state.anchors.checkListed(copy.target, hold.text, signal));
  return hold;
}

/** What an anchor holds; absent: nothing any more, and the source does not have it either. */
async function heldBy(
  copy: ImageCopy,
  anchor: AnchorTag,
  means: {
    readonly source: Digest;
    readonly bring: (atMs: number) => Promise<AnchorTag>;
    readonly signal: AbortSignal;
  },
): Promise<Digest | undefined> {
  const { source, bring, signal } = means;
  const { digits, text, atMs } = anchor;
  let held = await contentOf(copy, anchor, signal);
  // Somebody has deleted it; when it was seen first stands in its name.
  if (held === undefined && digits === digestDigits(source))
    held = await contentOf(copy, await bring(atMs), signal);
  if (held !== undefined) return held;
  const reference = formatReference(copy.target.reference);
  copy.logger.warn(
    { reference, anchor: text },
    'what the tag is to name is not held any more: it stays as it is',
  );
  return undefined;
}

async function contentOf(
  copy: ImageCopy,
  { text }: AnchorTag,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const digest = (await headNamed(copy, text, signal))?.digest;
  return digest === BLANK.digest ? undefined : digest;
}
