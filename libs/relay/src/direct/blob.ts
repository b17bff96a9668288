import type { Descriptor } from '@regfleet/model';
import type { MountResult } from '@regfleet/registry';
import { type ImageCopy, isHeld } from './image-copy.ts';
import { at } from './located.ts';
import { mayMount, mountFromNeighbour } from './mount.ts';
import { uploadFromSource } from './upload.ts';

/**
 * Makes sure that the target's repository holds a blob, with as few requests as what is known allows.
 *
 * Copies that want the same blob at the same time wait for the first of them: it is transferred once per process and
 * target registry, then skipped or mounted. Where mounts are refused it is transferred once per repository, without waiting.
 */
export async function ensureBlob(copy: ImageCopy, blob: Descriptor, signal: AbortSignal): Promise<void> {
  const { state, target, progress } = copy;
  const { registry, repository } = target.reference;
  while (!isHeld(copy, blob.digest)) {
    const key = `blob ${registry}/${repository}@${blob.digest}`;
    const led = await state.underWay.lead(key, signal, () => bring(copy, blob, signal));
    if (led !== undefined) break;
  }
  progress.finish(blob);
}

async function bring(copy: ImageCopy, blob: Descriptor, signal: AbortSignal): Promise<void> {
  const { state, target } = copy;
  const { registry, repository } = target.reference;
  if (mayMount(copy)) await mountOrTransfer(copy, blob, signal);
  else await transfer(copy, blob, { kind: 'refused' }, signal);
  state.blobLocations.add(registry, repository, blob.digest);
}

/** Mounts from a neighbour; where there is none, transfers, or waits for the copy that does so and mounts from there. */
async function mountOrTransfer(copy: ImageCopy, blob: Descriptor, signal: AbortSignal): Promise<void> {
  const { underWay } = copy.state;
  const key = `blob ${copy.target.reference.registry}@${blob.digest}`;
  for (;;) {
    const mount = await mountFromNeighbour(copy, blob, signal);
    if (mount?.kind === 'mounted') return;
    // Another transfer would not make a refused mount succeed.
    if (mount !== undefined) return transfer(copy, blob, mount, signal);
    const led = await underWay.lead(key, signal, () => transfer(copy, blob, { kind: 'refused' }, signal));
    if (led !== undefined) return;
  }
}

async function transfer(
  copy: ImageCopy,
  blob: Descriptor,
  mount: MountResult,
  signal: AbortSignal,
): Promise<void> {
  if (await isThere(copy, blob, mount, signal)) return;
  await uploadFromSource(copy, blob, mount.kind === 'upload-opened' ? mount.location : undefined, signal);
  copy.sent.add(blob.digest);
}

// Sending this much again by mistake costs less than asking before every one.
const PRESUMED_AT_MOST_BYTES = 256 * 1024;
// A repository without a tag holds no more than what a copy that came to nothing has left there.
const PRESUMED_OF_NEW_AT_MOST_BYTES = 4 * 1024 * 1024;

async function isThere(
  copy: ImageCopy,
  blob: Descriptor,
  mount: MountResult,
  signal: AbortSignal,
): Promise<boolean> {
  if (copy.doubted.has(blob.digest)) return false;
  const { client, reference } = copy.target;
  const name = `${reference.registry}/${reference.repository}`;
  const { missingBlobs } = copy.state;
  if (copy.trustsBlobLocations && copy.isNewRepository && blob.sizeBytes <= PRESUMED_OF_NEW_AT_MOST_BYTES)
    return false;
  const mayPresume = copy.trustsBlobLocations && blob.sizeBytes <= PRESUMED_AT_MOST_BYTES;
  // In this order: each presumption counts, so none is made that is not used.
  if (mayPresume && (mount.kind === 'upload-opened' || missingBlobs.presumesFailure(name))) return false;
  // Sending again what is there costs less than a copy that fails by a question.
  const found =
    (await at(copy.target, signal, () => client.headBlob(reference.repository, blob.digest, { signal }))) ??
    false;
  missingBlobs.record(name, found ? 'success' : 'failure');
  if (found && !copy.sent.has(blob.digest)) copy.believed.add(blob.digest);
  return found;
}
