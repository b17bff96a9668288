import { createHash } from 'node:crypto';
import type { TestRegistry } from '@regfleet/harness';

/** A descriptor as manifests write it. */
export interface RawDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Puts any document as a manifest. @param name - a tag; absent: by its digest. */
export async function putRawManifest(
  [registry, repository]: readonly [TestRegistry, string],
  mediaType: string,
  value: object,
  name?: string,
): Promise<RawDescriptor> {
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const url = `${registry.url}/v2/${repository}/manifests/${name ?? digest}`;
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': mediaType }, body });
  if (answer.status !== 201) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`);
  return { mediaType, digest, size: body.byteLength };
}
