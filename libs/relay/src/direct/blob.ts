import type { Descriptor } from '@regfleet/model';
import type { MountResult } from '@regfleet/registry';
import { type ImageCopy, isHeld } from './image-copy.ts';
import { at } from './located.ts';
import { mountFromNeighbour } from './mount.ts';
import { uploadFromSource } from './upload.ts';

/**
 * Makes sure that the target's repository holds a blob, with as few requests as what is known allows.
 *
 * Copies that want the same blob at the same time wait for the first of them: it is transferred once per process and
 * target registry, then skipped or mounted.
 */
export async function ensureBlob(copy: ImageCopy, blob: Descriptor, signal: AbortSignal): Promise<void> {
  const { state, target, progress } = copy;
  const { registry, repository } = target.reference;
  while (!isHeld(copy, blob.digest)) {
    const key = `blob ${registry}/${repository}@${blob.digest}`;
    const led = await state.flights.lead(key, signal, () => bring(copy, blob, signal));
    if (led !== undefined) break;
  }
  progress.finish(blob);
}

async function bring(copy: ImageCopy, blob: Descriptor, signal: AbortSignal): Promise<void> {
  const { state, target } = copy;
  const { registry, repository } = target.reference;
  const key = `blob ${registry}@${blob.digest}`;
  let isThere = false;
  while (!isThere) {
    const mount = await mountFromNeighbour(copy, blob, signal);
    const led =
      mount.kind === 'mounted'
        ? mount
        : await state.flights.lead(key, signal, () => transfer(copy, blob, mount, signal));
    isThere = led !== undefined;
  }
  state.holdings.add(registry, repository, blob.digest);
}

async function transfer(
  copy: ImageCopy,
  blob: Descriptor,
  mount: MountResult,
  signal: AbortSignal,
): Promise<void> {
  if (await isThere(copy, blob, signal)) return;
  await uploadFromSource(copy, blob, mount.kind === 'upload-opened' ? mount.location : undefined, signal);
}

// Sending this much again by mistake costs less than asking before every one.
const PRESUMED_AT_MOST_BYTES = 256 * 1024;

async function isThere(
  { state, target, trustsHoldings }: ImageCopy,
  { digest, sizeBytes }: Descriptor,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, reference } = target;
  const name = `${reference.registry}/${reference.repository}`;
  const isSmall = sizeBytes <= PRESUMED_AT_MOST_BYTES;
  if (isSmall && trustsHoldings && state.missStreaks.presumesMissing(name)) return false;
  const found = await at(target, signal, () => client.headBlob(reference.repository, digest, { signal }));
  state.missStreaks.record(name, found);
  return found;
}
