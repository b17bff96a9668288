import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isDigest } from '@regfleet/model';
import { readBytes } from '../registry/http-client.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { listReferrers, type ReferrersApi, type ServerAnswer, type StoredManifest } from './referrers-api.ts';
import { RequestLog } from './request-log.ts';

export interface ArtifactRegistryOptions {
  /** Absent: there is no such API, as in distribution. */
  readonly referrers?: ReferrersApi;
  /** True: a PUT whose `If-Match` or `If-None-Match` does not hold is refused with 412. */
  readonly honoursConditions?: boolean;
}

/** What one repository holds. */
export interface StoredRepository {
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly manifests: ReadonlyMap<string, StoredManifest>;
  /** Tag -> digest. */
  readonly tags: ReadonlyMap<string, string>;
}

export interface ArtifactRegistry extends HttpServer {
  readonly requests: RequestLog;
  /** Empty where nothing was pushed. */
  repository(name: string): StoredRepository;
  /** Removes the manifests that no tag names, nor what a tag names. */
  collectGarbage(): void;
  /** Called before a tag that is put can be seen. */
  onTag(look: (repository: string, tag: string) => void): void;
  /** Called before a request is answered. @param count - how many came so far, this one included. */
  onRequest(look: (count: number) => void): void;
}

/**
 * A registry in this process that takes pushes of anything, refuses manifests whose blobs or children it lacks, and lists referrers
 * if it is told to.
 */
export async function startArtifactRegistry(
  options: ArtifactRegistryOptions = {},
): Promise<ArtifactRegistry> {
  const requests = new RequestLog();
  const content = new Content(options);
  const requestLooks: ((count: number) => void)[] = [];
  const server = await startHttpServer(async (request, response) => {
    requests.add(request.method ?? '', request.url ?? '');
    for (const look of requestLooks) look(requests.count());
    const bytes = Buffer.from(await readBytes(request));
    const { status, headers = {}, body = Buffer.alloc(0) } = content.answer(request, bytes);
    response.writeHead(status, { 'content-length': String(body.byteLength), ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  return {
    ...server,
    requests,
    repository: (name) => content.repository(name),
    collectGarbage: () => content.collectGarbage(),
    onTag: (look) => content.looks.push(look),
    onRequest: (look) => requestLooks.push(look),
  };
}

const failure = (status: number, code: string): ServerAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] })),
});

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const childrenOf = (manifest: StoredManifest | undefined): string[] =>
  (Object(JSON.parse(manifest?.bytes.toString() ?? '{}')).manifests ?? []).map(
    ({ digest }: { digest: string }) => digest,
  );

class Content {
  readonly looks: ((repository: string, tag: string) => void)[] = [];
  readonly #options: ArtifactRegistryOptions;
  readonly #repositories = new Map<string, ReturnType<typeof emptyRepository>>();
  readonly #uploads = new Map<string, Buffer>();

  constructor(options: ArtifactRegistryOptions) {
    this.#options = options;
  }

  repository(name: string) {
    return this.#repositories.get(name) ?? emptyRepository();
  }

  collectGarbage(): void {
    for (const { tags, manifests } of this.#repositories.values()) {
      const named = new Set(tags.values());
      for (const digest of named) for (const child of childrenOf(manifests.get(digest))) named.add(child);
      for (const digest of manifests.keys()) if (!named.has(digest)) manifests.delete(digest);
    }
  }

  answer(request: IncomingMessage, body: Buffer): ServerAnswer {
    const url = new URL(request.url ?? '', 'http://registry');
    if (url.pathname === '/v2/') return { status: 200, body: Buffer.from('{}') };
    const [, name = '', kind, rest = ''] =
      /^\/v2\/(.+?)\/(tags|manifests|blobs|referrers)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'referrers') return this.#referrers(name, rest, url);
    if (kind === 'tags') return this.#tags(name);
    if (kind === 'manifests') return this.#manifest(request, { name, reference: rest, body });
    if (kind === 'blobs' && rest.startsWith('uploads/'))
      return this.#upload(request.method ?? '', { name, url, body });
    const blob = this.repository(name).blobs.get(rest);
    return blob === undefined ? failure(404, 'BLOB_UNKNOWN') : { status: 200, body: blob };
  }

  #referrers(name: string, subject: string, url: URL): ServerAnswer {
    const { referrers } = this.#options;
    if (referrers === undefined) return failure(404, 'NOT_FOUND');
    return listReferrers(referrers, { manifests: this.repository(name).manifests.values(), subject, url });
  }

  #tags(name: string): ServerAnswer {
    if (!this.#repositories.has(name)) return failure(404, 'NAME_UNKNOWN');
    const tags = [...this.repository(name).tags.keys()].sort();
    return { status: 200, body: Buffer.from(JSON.stringify({ name, tags })) };
  }

  #upload(method: string, { name, url, body }: { name: string; url: URL; body: Buffer }): ServerAnswer {
    const id = url.pathname.split('/').at(-1) ?? '';
    if (method === 'DELETE') return { status: 204 };
    if (method === 'POST') {
      const created = randomUUID();
      this.#uploads.set(created, Buffer.alloc(0));
      return { status: 202, headers: { location: `/v2/${name}/blobs/uploads/${created}` } };
    }
    const bytes = Buffer.concat([this.#uploads.get(id) ?? Buffer.alloc(0), body]);
    if (method === 'PATCH') {
      this.#uploads.set(id, bytes);
      return { status: 202, headers: { location: url.pathname, range: `0-${bytes.byteLength - 1}` } };
    }
    if (digestOf(bytes) !== url.searchParams.get('digest')) return failure(400, 'DIGEST_INVALID');
    this.#writable(name).blobs.set(digestOf(bytes), bytes);
    return { status: 201 };
  }

  #manifest(
    request: IncomingMessage,
    put: { readonly name: string; readonly reference: string; readonly body: Buffer },
  ): ServerAnswer {
    const { tags, manifests } = this.repository(put.name);
    const there = manifests.get(isDigest(put.reference) ? put.reference : (tags.get(put.reference) ?? ''));
    if (request.method === 'PUT') return this.#putManifest(request, put, there);
    if (request.method === 'DELETE') return this.#deleteTag(put.name, put.reference);
    return there === undefined ? failure(404, 'MANIFEST_UNKNOWN') : contentOf(there);
  }

  #deleteTag(name: string, tag: string): ServerAnswer {
    if (isDigest(tag)) return failure(405, 'UNSUPPORTED');
    return this.#writable(name).tags.delete(tag) ? { status: 202 } : failure(404, 'MANIFEST_UNKNOWN');
  }

  #putManifest(
    { headers }: IncomingMessage,
    { name, reference, body }: { readonly name: string; readonly reference: string; readonly body: Buffer },
    there: StoredManifest | undefined,
  ): ServerAnswer {
    if (this.#options.honoursConditions && !isAsExpected(headers, there))
      return failure(412, 'PRECONDITION_FAILED');
    if (this.#lacks(name, body)) return failure(400, 'MANIFEST_BLOB_UNKNOWN');
    const manifest = { mediaType: headers['content-type'] ?? '', digest: digestOf(body), bytes: body };
    const repository = this.#writable(name);
    repository.manifests.set(manifest.digest, manifest);
    if (!isDigest(reference)) {
      for (const look of this.looks) look(name, reference);
      repository.tags.set(reference, manifest.digest);
    }
    const subject = Object(Object(JSON.parse(body.toString())).subject).digest;
    const isLinked = subject !== undefined && this.#options.referrers?.isListing === true;
    return {
      status: 201,
      headers: { 'docker-content-digest': manifest.digest, ...(isLinked && { 'oci-subject': subject }) },
    };
  }

  #lacks(name: string, body: Buffer): boolean {
    const { blobs, manifests } = this.repository(name);
    const json = Object(JSON.parse(body.toString()));
    const of = (list: unknown): string[] => [list ?? []].flat().map((entry) => String(Object(entry).digest));
    return (
      of([json.config ?? [], json.layers ?? []].flat()).some((digest) => !blobs.has(digest)) ||
      of(json.manifests).some((digest) => !manifests.has(digest))
    );
  }

  #writable(name: string) {
    const repository = this.repository(name);
    this.#repositories.set(name, repository);
    return repository;
  }
}

function isAsExpected(
  { 'if-match': match, 'if-none-match': none }: IncomingMessage['headers'],
  there: StoredManifest | undefined,
): boolean {
  if (none !== undefined) return there === undefined;
  return match === undefined || match === `"${there?.digest}"`;
}

const emptyRepository = () => ({
  blobs: new Map<string, Buffer>(),
  manifests: new Map<string, StoredManifest>(),
  tags: new Map<string, string>(),
});

const contentOf = ({ mediaType, digest, bytes }: StoredManifest): ServerAnswer => ({
  status: 200,
  headers: { 'content-type': mediaType, 'docker-content-digest': digest, etag: `"${digest}"` },
  body: bytes,
});
