import type { Digest, Manifest, ManifestHead } from '@regfleet/model';
import { digestReference, type ImageCopy } from '../image-copy.ts';
import { at, type Place } from '../located.ts';

/** What the target has under a tag of the repository that is written. @throws {SyncError} also where it refuses to say. */
export async function headNamed(
  copy: ImageCopy,
  tag: string,
  signal: AbortSignal,
): Promise<ManifestHead | undefined> {
  const { client, reference } = copy.target;
  return await at(tagPlace(copy, tag), signal, async () => {
    const head = await client.headTarget(reference.repository, tag, { signal });
    if (head !== undefined && 'untold' in head) throw head.untold;
    return head;
  });
}

/** A manifest that the target has. */
export async function readNamed(copy: ImageCopy, digest: Digest, signal: AbortSignal): Promise<Manifest> {
  const { client, reference, side } = copy.target;
  const place: Place = { side, reference: digestReference(reference, digest) };
  return await at(place, signal, () => client.getManifest(reference.repository, digest, { signal }));
}

/** Puts what the target has under a further tag, or another one. */
export async function putNamed(
  copy: ImageCopy,
  tag: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const { client, reference } = copy.target;
  await at(tagPlace(copy, tag), signal, () =>
    client.putManifest(reference.repository, tag, manifest, { signal }),
  );
}

export const tagPlace = ({ target: { side, reference } }: ImageCopy, tag: string): Place => ({
  side,
  reference: { registry: reference.registry, repository: reference.repository, tag },
});
