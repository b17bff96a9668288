import { createHash } from 'node:crypto';

/**
 * A client that shares no code with ours: it writes what the documents of cosign, oras and BuildKit describe, and reads what is there
 * as any client of the distribution specification does.
 */

export interface Described {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Listed extends Described {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Referrer {
  readonly artifactType: string;
  readonly subject: Described;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Document {
  readonly config?: Described;
  readonly layers?: readonly Described[];
  readonly manifests?: readonly Listed[];
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const tagOf = (digest: string): string => digest.replace(':', '-');

export class PlainClient {
  readonly #base: string;

  constructor(url: string, repository: string) {
    this.#base = `${url}/v2/${repository}`;
  }

  async pushBlob(mediaType: string, content: string): Promise<Described> {
    const bytes = Buffer.from(content);
    const digest = sha256(bytes);
    const opened = await fetch(`${this.#base}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(opened.headers.get('location') ?? '', this.#base);
    place.searchParams.set('digest', digest);
    const put = await fetch(place, { method: 'PUT', body: bytes });
    if (put.status !== 201) throw new Error(`${put.status} to a blob`);
    return { mediaType, digest, size: bytes.byteLength };
  }

  /** @param name - a tag; absent: by its digest. */
  async pushManifest(mediaType: string, document: object, name?: string): Promise<Described> {
    return (await this.#put(mediaType, document, name)).manifest;
  }

  /** Where the registry does not say that it has taken note, it is listed under the tag of its subject. */
  async pushReferrer(document: Referrer): Promise<Described> {
    const { manifest, isLinked } = await this.#put(OCI_MANIFEST, document);
    if (isLinked) return manifest;
    const { subject, artifactType, annotations } = document;
    const before = (await this.#listedUnderTag(subject.digest)) ?? [];
    const manifests = [...before, { ...manifest, artifactType, annotations }];
    await this.pushManifest(OCI_INDEX, { manifests }, tagOf(subject.digest));
    return manifest;
  }

  async #put(mediaType: string, document: object, name?: string) {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
    const digest = sha256(bytes);
    const headers = { 'content-type': mediaType };
    const url = `${this.#base}/manifests/${name ?? digest}`;
    const put = await fetch(url, { method: 'PUT', body: bytes, headers });
    if (put.status !== 201) throw new Error(`${put.status} to a manifest: ${await put.text()}`);
    const manifest: Described = { mediaType, digest, size: bytes.byteLength };
    return { manifest, isLinked: put.headers.has('oci-subject') };
  }

  /** Digest of what a name stands for; absent: there is nothing. */
  async digestOf(name: string): Promise<string | undefined> {
    const answer = await this.#manifest(name);
    return answer && sha256(answer.bytes);
  }

  /**
   * All that hangs on a manifest, each line as often as it is come upon once: what it is made of, and what refers to it.
   *
   * @throws {Error} where something of it is not there, or is not what its digest says.
   */
  async graphOf(name: string): Promise<string[]> {
    const lines = new Set<string>();
    await this.#walk(name, lines);
    return [...lines].sort();
  }

  async #walk(name: string, lines: Set<string>): Promise<void> {
    const answer = await this.#manifest(name);
    if (answer === undefined) throw new Error(`${name} is not there`);
    const digest = sha256(answer.bytes);
    if (name.startsWith('sha256:') && digest !== name) throw new Error(`${name} is ${digest}`);
    const { config, layers = [], manifests = [] } = JSON.parse(answer.bytes.toString()) as Document;
    for (const blob of [...(config === undefined ? [] : [config]), ...layers]) {
      await this.#checkBlob(blob);
      lines.add(`${digest} has ${blob.digest}`);
    }
    for (const child of manifests) {
      lines.add(`${digest} names ${child.digest}`);
      await this.#walk(child.digest, lines);
    }
    for (const { digest: referrer, artifactType, annotations } of await this.#referrersOf(digest)) {
      lines.add(`${referrer} refers to ${digest} as ${artifactType} ${JSON.stringify(annotations)}`);
      await this.#walk(referrer, lines);
    }
  }

  async #referrersOf(subject: string): Promise<readonly Listed[]> {
    const answer = await fetch(`${this.#base}/referrers/${subject}`);
    const isList = answer.ok && answer.headers.get('content-type')?.startsWith(OCI_INDEX) === true;
    const api = isList ? (((await answer.json()) as Document).manifests ?? []) : undefined;
    if (!isList) await answer.body?.cancel();
    return api ?? (await this.#listedUnderTag(subject)) ?? [];
  }

  async #listedUnderTag(subject: string): Promise<readonly Listed[] | undefined> {
    const answer = await this.#manifest(tagOf(subject));
    return answer && (JSON.parse(answer.bytes.toString()) as Document).manifests;
  }

  async #manifest(name: string): Promise<{ readonly bytes: Buffer } | undefined> {
    const accept = [OCI_MANIFEST, OCI_INDEX].join(', ');
    const answer = await fetch(`${this.#base}/manifests/${name}`, { headers: { accept } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${answer.status} to ${name}`);
    return { bytes };
  }

  async #checkBlob({ digest, size }: Described): Promise<void> {
    const answer = await fetch(`${this.#base}/blobs/${digest}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok || bytes.byteLength !== size || sha256(bytes) !== digest)
      throw new Error(`${answer.status} to the blob ${digest}`);
  }
}
