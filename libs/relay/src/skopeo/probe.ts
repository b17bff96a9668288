import type { ManifestHead } from '@regfleet/model';
import {
  type CopyRequest,
  type Digest,
  isIndexMediaType,
  isSyncError,
  manifestName,
  type Side,
} from '@regfleet/model';
import type { CopyContext } from '../contract.ts';

/** What the two sides answer before the copy. Absent: unknown there, or not to be learnt. */
export interface Probe {
  readonly sourceDigest?: Digest;
  readonly targetDigest?: Digest;
  /** True: the target's answer is the very manifest a copy would put there. */
  readonly isInSync: boolean;
}

/**
 * At most two HEAD requests.
 *
 * The source is asked only where the request does not say its digest, or where the answer may save the copy.
 *
 * @throws {SyncError} only where the registry said wait: skopeo would spend half a minute on being told so again.
 */
export async function probe(request: CopyRequest, context: CopyContext): Promise<Probe> {
  const target = await head('target', request, context);
  if (target === undefined && request.sourceDigest !== undefined) {
    return { sourceDigest: request.sourceDigest, isInSync: false };
  }
  const source = await head('source', request, context);
  const sourceDigest = source?.digest ?? request.sourceDigest;
  return {
    ...(sourceDigest !== undefined && { sourceDigest }),
    ...(target !== undefined && { targetDigest: target.digest }),
    isInSync: source !== undefined && source.digest === target?.digest && isKept(source, request),
  };
}

/** Whether skopeo would put the source's manifest itself, not a child of it; a target without a tag takes nothing else. */
const isKept = (source: ManifestHead, { platform, target }: CopyRequest): boolean =>
  platform === 'all' || target.tag === undefined || !isIndexMediaType(source.mediaType);

async function head(
  side: Side,
  request: CopyRequest,
  context: CopyContext,
): Promise<ManifestHead | undefined> {
  const reference = request[side];
  const name = (side === 'target' ? reference.tag : undefined) ?? manifestName(reference);
  try {
    const { client } = context[side];
    const { signal } = context;
    if (side === 'source') return await client.headManifest(reference.repository, name, { signal });
    const told = await client.headTarget(reference.repository, name, { signal });
    return told === undefined || 'untold' in told ? undefined : told;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isSyncError(error)) throw error;
    if (error.kind === 'rate-limited') throw error.located({ side });
    context.logger.debug({ side, error }, 'HEAD before the copy failed');
    return undefined;
  }
}
