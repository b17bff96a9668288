import type { ManifestHead } from '@regfleet/model';
import {
  type CopyRequest,
  type CopyResult,
  type Digest,
  formatReference,
  type Manifest,
  type OnChange,
  SyncError,
  type TrailRule,
  tagChanged,
} from '@regfleet/model';
import type { CopyContext } from '../contract.ts';
import { headTarget, isInSync, sourceDigest } from './comparison.ts';
import { copyTrailing } from './history/copy-trailing.ts';
import { keepOverwritten, pruneKept } from './history/keep-overwritten.ts';
import { putNamed } from './history/named.ts';
import { type DirectState, firstPass, type ImageCopy } from './image-copy.ts';
import { Progress } from './progress.ts';
import { attachMissing, transferWhole } from './referrers/whole-image.ts';
import { selectManifest } from './selection.ts';
import { fetchManifest, fetchTagged } from './source-manifest.ts';

/** Compares, reads the source's manifest, picks the platform, and transfers what the target lacks, with what belongs to the image where that is wanted. */
export async function copyDirectly(
  state: DirectState,
  request: CopyRequest,
  context: CopyContext,
): Promise<CopyResult> {
  const { signal, seenTarget } = context;
  const begun = begin(state, request, context);
  if (context.trail !== undefined && request.target.tag !== undefined)
    return await copyBehind(begun, request, context.trail, signal);
  // What may not be overwritten is asked about at once before.
  const isSeen = seenTarget !== undefined && context.onChange === undefined;
  const target = isSeen ? seenTarget.head : await headTarget(begun, signal);
  const copy = { ...begun, isUpdate: target !== undefined };
  const source = await compareSource(copy, request, target, signal);
  const attach = (found: CopyResult, root?: Manifest) => attachMissing(copy, found, { root, context });
  if (source.isInSync) return attach(unchanged(source.digest, source.digest));
  const { root } = source;
  const { manifest, isMade } = await selectManifest(copy, root, request.platform, signal);
  checkDigest(request, manifest);
  if (manifest.digest === target?.digest) return attach(unchanged(root.digest, manifest.digest), manifest);
  if (target !== undefined && context.onChange !== undefined)
    return keptTarget({ request, onChange: context.onChange }, manifest, target);
  const { targetDigest, referrers } = await transferWhole(
    { ...copy, ...(isMade && { made: manifest }) },
    manifest,
    context,
  );
  if (copy.history !== undefined) await pruneKept(copy, copy.history, targetDigest, signal);
  return {
    outcome: 'copied',
    sourceDigest: root.digest,
    targetDigest,
    bytesCopied: copy.progress.bytesCopied,
    ...(referrers !== undefined && { referrers }),
  };
}

async function copyBehind(
  copy: ImageCopy,
  request: CopyRequest,
  rule: TrailRule,
  signal: AbortSignal,
): Promise<CopyResult> {
  const { history } = copy;
  const publish = async (manifest: Manifest): Promise<void> => {
    const { digest } = manifest;
    if (history !== undefined) await keepOverwritten(copy, history, digest, signal);
    await putNamed(copy, request.target.tag ?? digest, manifest, signal);
    if (history !== undefined) await pruneKept(copy, history, digest, signal);
  };
  return await copyTrailing(copy, request, { rule, publish, signal });
}

/** @throws {SyncError} `TAG_CHANGED` where it is not to be overlooked. */
function keptTarget(
  { request: { target }, onChange }: { readonly request: CopyRequest; readonly onChange: OnChange },
  { digest }: Manifest,
  head: ManifestHead,
): CopyResult {
  if (onChange === 'refuse') throw tagChanged(target, { wanted: digest, there: head.digest });
  return { outcome: 'unchanged', targetDigest: head.digest, bytesCopied: 0, isKept: true };
}

/** A target that is named by digest alone takes that manifest and no other. */
function checkDigest({ target }: CopyRequest, { digest }: Manifest): void {
  if (target.tag !== undefined || target.digest === undefined || target.digest === digest) return;
  const reference = formatReference(target);
  throw new SyncError('REFERENCE_INVALID', {
    message: `${reference} cannot hold the image: its digest is ${digest}`,
    hint: 'give the target a tag, or choose the platform that has the digest',
    side: 'target',
    reference,
    registry: target.registry,
  });
}

type SourceState =
  | { readonly isInSync: true; readonly digest: Digest }
  | { readonly isInSync: false; readonly root: Manifest };

/** Reads the source's manifest, unless its digest says that the target has it. */
async function compareSource(
  copy: ImageCopy,
  request: CopyRequest,
  target: ManifestHead | undefined,
  signal: AbortSignal,
): Promise<SourceState> {
  for (;;) {
    const digest = await sourceDigest(copy, request, target, signal);
    if (digest !== undefined && isInSync(request, digest, target)) return { isInSync: true, digest };
    const root =
      digest === undefined
        ? await fetchTagged(copy, request.sourceDigest, signal)
        : await fetchManifest(copy, digest, signal);
    if (root !== undefined) return { isInSync: false, root };
  }
}

function begin(state: DirectState, request: CopyRequest, context: CopyContext): ImageCopy {
  return {
    state,
    source: { side: 'source', reference: request.source, client: context.source.client },
    target: { side: 'target', reference: request.target, client: context.target.client },
    isUpdate: false,
    isNewRepository: context.seenTarget?.isNewRepository ?? false,
    ...firstPass(),
    ...(context.history !== undefined && { history: context.history }),
    amongTargets: context.amongTargets ?? 1,
    progress: new Progress(context.onProgress),
    logger: context.logger,
  };
}

const unchanged = (source: Digest, target: Digest): CopyResult => ({
  outcome: 'unchanged',
  sourceDigest: source,
  targetDigest: target,
  bytesCopied: 0,
});
