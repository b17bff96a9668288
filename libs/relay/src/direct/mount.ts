import { type Descriptor, isSyncError } from '@regfleet/model';
import type { MountResult } from '@regfleet/registry';
import type { ImageCopy } from './image-copy.ts';
import { at } from './located.ts';

/**
 * Has the target's registry take a blob from a repository of its own that is known to hold it.
 *
 * @returns `refused` also where no such repository is known; then nothing was asked.
 */
export async function mountFromNeighbour(
  { state, source, target, trustsHoldings }: ImageCopy,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<MountResult> {
  const { registry, repository } = target.reference;
  const isOneRegistry = source.reference.registry === registry;
  const known = trustsHoldings ? state.holdings.holders(registry, blob.digest) : [];
  const candidates = isOneRegistry ? [source.reference.repository, ...known] : known;
  const from = candidates.find((candidate) => candidate !== repository);
  if (from === undefined) return { kind: 'refused' };
  try {
    return await at(target, signal, () => target.client.mountBlob(repository, blob.digest, from, { signal }));
  } catch (error) {
    // Some registries answer an error instead of opening an upload, e.g. where the account may not read `from`.
    if (signal.aborted || !isSyncError(error) || error.kind !== 'permanent') throw error;
    return { kind: 'refused' };
  }
}
