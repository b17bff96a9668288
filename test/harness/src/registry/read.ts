import { createHash } from 'node:crypto';
import { isDigest, isIndexMediaType, MANIFEST_ACCEPT, type Manifest, parseDigest } from '@regfleet/model';
import { RegistryClient } from './client.ts';
import type { RegistryEndpoint } from './endpoint.ts';
import { readBytes } from './http-client.ts';

/** @returns the digest that a HEAD request answers, or undefined where the registry knows no such manifest. */
export async function digestOf(
  registry: RegistryEndpoint,
  repository: string,
  reference: string,
): Promise<string | undefined> {
  using client = new RegistryClient(registry);
  const request = { method: 'HEAD', path: `${repository}/manifests/${reference}`, headers: ACCEPT };
  const response = await client.send(request);
  response.stream.resume();
  if (response.status === 404) return undefined;
  const digest = response.headers['docker-content-digest'];
  if (response.status === 200 && typeof digest === 'string') return digest;
  throw new Error(`HEAD ${request.path} of ${registry.url}: ${response.status} with digest ${digest}`);
}

/** @throws {Error} when the registry does not answer with a manifest of the digest that was asked for. */
export async function readManifest(
  registry: RegistryEndpoint,
  repository: string,
  reference: string,
): Promise<Manifest> {
  using client = new RegistryClient(registry);
  return await fetchManifest(client, repository, reference);
}

/** @returns sorted; empty where the registry knows no such repository. */
export async function listTags(registry: RegistryEndpoint, repository: string): Promise<string[]> {
  using client = new RegistryClient(registry);
  const tags: string[] = [];
  let path: string | undefined = `${repository}/tags/list`;
  while (path !== undefined) {
    const response = await client.send({ method: 'GET', path });
    const answer = await readBytes(response.stream);
    if (response.status === 404) return [];
    if (response.status !== 200) throw new Error(`GET ${path} of ${registry.url}: ${response.status}`);
    tags.push(...(Object(JSON.parse(Buffer.from(answer).toString())).tags ?? []));
    path = /<([^>]+)>/.exec(response.headers.link?.toString() ?? '')?.[1];
  }
  return tags.sort();
}

export interface PulledImage {
  readonly digest: string;
  /** The manifest of the tag and, under an index, its children. */
  readonly manifests: readonly Manifest[];
  /** Digests of config blobs and layers, each once. */
  readonly blobs: readonly string[];
  readonly sizeBytes: number;
}

/**
 * Fetches a tag whole: manifest, children, config blobs and layers.
 *
 * @throws {Error} when anything is missing, or is not what its digest says.
 */
export async function pullEverything(
  registry: RegistryEndpoint,
  repository: string,
  reference: string,
): Promise<PulledImage> {
  using client = new RegistryClient(registry);
  const root = await fetchManifest(client, repository, reference);
  const children = isIndexMediaType(root.mediaType) ? entriesOf(root, 'manifests') : [];
  const manifests = [root];
  for (const child of children) manifests.push(await fetchManifest(client, repository, child));
  const blobs = new Set(
    manifests.flatMap((manifest) => [...entriesOf(manifest, 'config'), ...entriesOf(manifest, 'layers')]),
  );
  let sizeBytes = 0;
  for (const blob of blobs) sizeBytes += await verifyBlob(client, repository, blob);
  return { digest: root.digest, manifests, blobs: [...blobs], sizeBytes };
}

const ACCEPT = { accept: MANIFEST_ACCEPT };

async function fetchManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
): Promise<Manifest> {
  const path = `${repository}/manifests/${reference}`;
  const response = await client.expect(200, { method: 'GET', path, headers: ACCEPT });
  const bytes = await readBytes(response.stream);
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  const claims = [reference, response.headers['docker-content-digest'] ?? digest].filter(
    (claim) => typeof claim === 'string' && isDigest(claim),
  );
  if (claims.some((claim) => claim !== digest))
    throw new Error(`${path} has digest ${digest}, not ${claims}`);
  return { mediaType: response.headers['content-type'] ?? '', digest, bytes };
}

function entriesOf(manifest: Manifest, field: 'config' | 'layers' | 'manifests'): string[] {
  const parsed: unknown = JSON.parse(Buffer.from(manifest.bytes).toString());
  const entries: unknown[] = [Object(parsed)[field] ?? []].flat();
  return entries.map((entry) => String(Object(entry).digest));
}

async function verifyBlob(client: RegistryClient, repository: string, digest: string): Promise<number> {
  const path = `${repository}/blobs/${digest}`;
  const response = await client.expect(200, { method: 'GET', path });
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of response.stream) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== digest) throw new Error(`${path} has digest ${actual}`);
  return sizeBytes;
}
