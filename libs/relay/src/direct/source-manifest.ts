import { type Digest, type Manifest, manifestName } from '@regfleet/model';
import { digestReference, type ImageCopy } from './image-copy.ts';
import { at } from './located.ts';

/** A manifest of the source by its digest, asked for once per process. */
export async function fetchManifest(
  { source, state }: ImageCopy,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest> {
  const { registry, repository } = source.reference;
  const place = { side: source.side, reference: digestReference(source.reference, digest) };
  for (;;) {
    const known = source.client.knownManifest(repository, digest);
    if (known !== undefined) return known;
    const fetched = await state.underWay.lead(keyOf(registry, digest), signal, () =>
      at(place, signal, () => source.client.getManifest(repository, digest, { signal })),
    );
    if (fetched !== undefined) return fetched.result;
  }
}

/**
 * What the source answers for a tag at this moment.
 *
 * @param planned - the digest it answered lately. Copies of several tags that are planned with one digest wait for the
 *   first of them, which is likely to bring the manifest of all.
 * @returns absent after such a wait.
 */
export async function fetchTagged(
  { source, state }: ImageCopy,
  planned: Digest | undefined,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const { client, reference } = source;
  const fetch = (): Promise<Manifest> =>
    at(source, signal, () => client.getManifest(reference.repository, manifestName(reference), { signal }));
  const fetched =
    planned === undefined
      ? { result: await fetch() }
      : await state.underWay.lead(keyOf(reference.registry, planned), signal, fetch);
  return fetched?.result;
}

const keyOf = (registry: string, digest: Digest): string => `manifest ${registry} ${digest}`;
