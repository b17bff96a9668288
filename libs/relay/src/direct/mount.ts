import type { Descriptor } from '@regfleet/model';
import type { MountResult } from '@regfleet/registry';
import type { ImageCopy } from './image-copy.ts';
import { at } from './located.ts';

/** Whether the target's registry is worth asking to mount blobs: not after several refusals, then every now and then. */
export function mayMount({ state, target, trustsBlobLocations }: ImageCopy): boolean {
  return trustsBlobLocations && !state.refusedMounts.presumesFailure(target.reference.registry);
}

/**
 * Has the target's registry take a blob from a repository of its own that is known to hold it.
 *
 * @returns absent where no such repository is known; then nothing was asked.
 */
export async function mountFromNeighbour(
  copy: ImageCopy,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<MountResult | undefined> {
  const { state, source, target } = copy;
  const { registry, repository } = target.reference;
  const isOneRegistry = source.reference.registry === registry;
  const known = state.blobLocations.holders(registry, blob.digest);
  const candidates = isOneRegistry ? [source.reference.repository, ...known] : known;
  const from = candidates.find((candidate) => candidate !== repository);
  if (from === undefined) return undefined;
  const result = await at(target, signal, () =>
    target.client.mountBlob(repository, blob.digest, from, { signal }),
  );
  state.refusedMounts.record(registry, result.kind === 'mounted' ? 'success' : 'failure');
  return result;
}
