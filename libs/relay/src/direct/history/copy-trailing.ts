import {
  type AnchorTag,
  anchorOf,
  type CopyRequest,
  type CopyResult,
  type Digest,
  formatReference,
  manifestName,
  type TrailRule,
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
  const look = () => trailStep(holds, rule, { source, current, nowMs: Date.now() });
  const { newsAtMs } = look();
  if (newsAtMs !== undefined)
    holds.push(await stage(copy, request, { tag, digest: source, atMs: newsAtMs }, signal));
  const { due, expired } = look();
  const next = due && (await heldBy(copy, due, signal));
  const isMoved = next !== undefined && next !== current;
  if (isMoved) await publish(await readNamed(copy, next, signal));
  await releaseExpired(copy, expired, signal);
  return {
    outcome: newsAtMs !== undefined || isMoved ? 'copied' : 'unchanged',
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
  return hold;
}

/** What an anchor holds; absent: nothing any more. */
async function heldBy(
  copy: ImageCopy,
  { text }: AnchorTag,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const digest = (await headNamed(copy, text, signal))?.digest;
  if (digest !== undefined && digest !== BLANK.digest) return digest;
  const reference = formatReference(copy.target.reference);
  copy.logger.warn(
    { reference, anchor: text },
    'what the tag is to name is not held any more: it stays as it is',
  );
  return undefined;
}
