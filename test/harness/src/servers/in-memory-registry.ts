import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Digest, Manifest } from '@regfleet/model';
import type { MadeBlob } from '../images/blob.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { answerDigests, type DigestApi, googleManifests } from './in-memory-digests.ts';
import { InMemoryImages, type InMemoryRepository } from './in-memory-images.ts';
import { RequestLog } from './request-log.ts';

export interface InMemoryRegistryOptions {
  readonly repositories: Iterable<InMemoryRepository>;
  /** Largest page of tags and of repositories; default 1,000. */
  readonly pageLimit?: number;
  /** The API that lists digests; absent: there is none. */
  readonly digests?: DigestApi;
}

export interface InMemoryRegistry extends HttpServer {
  readonly requests: RequestLog;
  /** @throws {Error} when there is no such tag. */
  digestOf(repository: string, tag: string): Digest;
  /** Gives the tag another image, as a push would. */
  moveTag(repository: string, tag: string): void;
  /** Has the repository hold these tags and no others. @param tags - absent: there is no such repository. */
  fill(repository: string, tags: readonly string[] | undefined): void;
}

/**
 * A registry in this process for tests of scale: tens of thousands of tags cost no more than their names.
 *
 * It answers `/v2/`, catalog and tags with paging, manifests and blobs, and refuses writes with 405. Equal tags
 * are equal images in all repositories and in all registries of this kind, so that two of them are in sync.
 */
export async function inMemoryRegistry(options: InMemoryRegistryOptions): Promise<InMemoryRegistry> {
  const requests = new RequestLog();
  const images = new InMemoryImages(options.repositories);
  const pageLimit = options.pageLimit ?? 1000;
  const server = await startHttpServer((request, response) => {
    requests.add(request.method ?? '', request.url ?? '');
    request.resume();
    send(answer(request, { images, pageLimit, digests: options.digests }), request, response);
  });
  const digestOf = (repository: string, tag: string): Digest => {
    const image = images.image(repository, tag);
    if (image === undefined) throw new Error(`no tag ${tag} in ${repository}`);
    return image.manifest.digest;
  };
  return {
    ...server,
    requests,
    digestOf,
    moveTag: (repository, tag) => images.move(repository, tag),
    fill: (repository, tags) => images.fill(repository, tags),
  };
}

interface Contents {
  readonly images: InMemoryImages;
  readonly pageLimit: number;
  readonly digests: DigestApi | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

function answer(request: IncomingMessage, { images, pageLimit, digests }: Contents): Answer {
  const url = new URL(request.url ?? '', 'http://registry');
  if (request.method !== 'GET' && request.method !== 'HEAD') return failure(405, 'UNSUPPORTED');
  if (url.pathname === '/v2/') return json({});
  if (url.pathname === '/v2/_catalog') {
    const { names, link } = pageOf(images.repositories, url, pageLimit);
    return json({ repositories: names }, link);
  }
  const told = digests && answerDigests(request, url, images, digests);
  if (told !== undefined) return json(told.body, {}, told.status);
  const [, name = '', kind, reference = ''] =
    /^\/v2\/(.+)\/(tags|manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (!images.has(name)) return failure(404, 'NAME_UNKNOWN');
  if (kind === 'tags') {
    const { names, link } = pageOf(images.tags(name), url, pageLimit);
    return json({ name, tags: names, ...googleManifests(name, names, images, digests) }, link);
  }
  const found = reference.includes(':')
    ? images.byDigest(reference)
    : images.image(name, reference)?.manifest;
  return found === undefined ? failure(404, 'MANIFEST_UNKNOWN') : content(found);
}

// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-tags
function pageOf(
  names: readonly string[],
  url: URL,
  limit: number,
): { names: readonly string[]; link: object } {
  const last = url.searchParams.get('last');
  const size = Math.min(Number(url.searchParams.get('n') ?? limit), limit);
  const rest = last === null ? names : names.filter((name) => name > last);
  const page = rest.slice(0, size);
  if (page.length === rest.length) return { names: page, link: {} };
  const next = new URLSearchParams({ n: String(size), last: page.at(-1) ?? '' });
  return { names: page, link: { link: `<${url.pathname}?${next}>; rel="next"` } };
}

const json = (value: object, headers: object = {}, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(value)),
});

const failure = (status: number, code: string): Answer =>
  json({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }, {}, status);

function content(found: Manifest | MadeBlob): Answer {
  const body = typeof found.bytes === 'function' ? found.bytes() : found.bytes;
  const headers = { 'content-type': found.mediaType, 'docker-content-digest': found.digest };
  return { status: 200, headers, body };
}

function send({ status, headers, body }: Answer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, { ...headers, 'content-length': String(body.byteLength) });
  response.end(request.method === 'HEAD' ? undefined : body);
}
