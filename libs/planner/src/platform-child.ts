import { type Digest, isDigest, matchesPlatform, type Platform, type Reference } from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

interface IndexEntry {
  readonly digest?: unknown;
  readonly platform?: { os?: string; architecture?: string; variant?: string };
}

/** Digest of the first manifest of an index that fits the platform; absent: none does, or the index is malformed. */
export async function platformChild(
  client: RegistryClient,
  source: Reference,
  wanted: { index: Digest; platform: Platform; signal?: AbortSignal | undefined },
): Promise<Digest | undefined> {
  const manifest = await client.getManifest(source.repository, wanted.index, { signal: wanted.signal });
  const found = entries(manifest.bytes).find(
    (entry) => entry.platform !== undefined && matchesPlatform(entry.platform, wanted.platform),
  );
  return typeof found?.digest === 'string' && isDigest(found.digest) ? found.digest : undefined;
}

function entries(bytes: Uint8Array): readonly IndexEntry[] {
  try {
    const index: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const manifests = (index as { manifests?: unknown } | null)?.manifests;
    return Array.isArray(manifests)
      ? manifests.filter((entry) => typeof entry === 'object' && entry !== null)
      : [];
  } catch {
    return [];
  }
}
