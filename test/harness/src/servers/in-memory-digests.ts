import type { IncomingMessage } from 'node:http';
import type { InMemoryImages } from './in-memory-images.ts';

/** An API that tells the digests of many tags, as a vendor has it. */
export interface DigestApi {
  readonly vendor: 'google' | 'harbor' | 'quay';
  /** What is told instead of a digest; absent, or where it gives nothing: the truth. */
  readonly lie?: (repository: string, tag: string) => string | undefined;
  /** Told to everybody, whatever is asked for; absent: what is there. */
  readonly refusal?: { readonly status: number; readonly body: object };
  /** The `Authorization` that it wants; absent: none. */
  readonly authorization?: string;
}

interface Told {
  readonly status: number;
  readonly body: object;
}

/** The answer of Harbor's or Quay's web API; absent: it is not asked. */
export function answerDigests(
  request: IncomingMessage,
  url: URL,
  images: InMemoryImages,
  api: DigestApi,
): Told | undefined {
  const repository = PATHS[api.vendor]?.(url.pathname);
  if (repository === undefined) return undefined;
  if (api.refusal !== undefined) return api.refusal;
  if (api.authorization !== undefined && request.headers.authorization !== api.authorization)
    return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'unauthorized' }] } };
  if (!images.has(repository)) return { status: 404, body: { errors: [{ code: 'NOT_FOUND' }] } };
  const told = tagsOf(repository, images.tags(repository), images, api);
  return { status: 200, body: api.vendor === 'harbor' ? harborPage(told, url) : quayPage(told, url) };
}

const PATHS: Readonly<Record<DigestApi['vendor'], ((path: string) => string | undefined) | undefined>> = {
  google: undefined,
  harbor(path) {
    const [, project, name] =
      /^\/api\/v2\.0\/projects\/([^/]+)\/repositories\/([^/]+)\/artifacts$/.exec(path) ?? [];
    if (project === undefined || name === undefined) return undefined;
    return `${decodeURIComponent(project)}/${decodeURIComponent(decodeURIComponent(name))}`;
  },
  quay: (path) => /^\/api\/v1\/repository\/(.+)\/tag\/$/.exec(path)?.[1],
};

interface TagTold {
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
}

const tagsOf = (
  repository: string,
  tags: readonly string[],
  images: InMemoryImages,
  { lie }: DigestApi,
): TagTold[] =>
  tags.flatMap((tag) => {
    const image = images.image(repository, tag);
    if (image === undefined) return [];
    const { digest, mediaType } = image.manifest;
    return [{ tag, digest: lie?.(repository, tag) ?? digest, mediaType }];
  });

const byDigest = (told: readonly TagTold[]): Map<string, TagTold[]> =>
  Map.groupBy(told, ({ digest }) => digest);

/** @see https://github.com/goharbor/harbor/blob/v2.12.0/api/v2.0/swagger.yaml (`listArtifacts`) */
function harborPage(told: readonly TagTold[], { searchParams }: URL): object {
  const size = Math.min(Number(searchParams.get('page_size') ?? 10), 100);
  const page = Number(searchParams.get('page') ?? 1);
  return [...byDigest(told)].slice((page - 1) * size, page * size).map(([digest, tags]) => ({
    digest,
    manifest_media_type: tags[0]?.mediaType,
    tags: tags.map(({ tag }, id) => ({ id, name: tag })),
  }));
}

/** @see https://docs.quay.io/api/swagger/ (`listRepoTags`) */
function quayPage(told: readonly TagTold[], { searchParams }: URL): object {
  const size = Math.min(Number(searchParams.get('limit') ?? 50), 100);
  const page = Number(searchParams.get('page') ?? 1);
  const tags = told.slice((page - 1) * size, page * size).map(({ tag, digest }) => ({
    name: tag,
    manifest_digest: digest,
    is_manifest_list: false,
    reversion: false,
  }));
  return { tags, page, has_additional: page * size < told.length };
}

/**
 * What a list of tags has besides in Google's registries.
 *
 * @see https://github.com/google/go-containerregistry/blob/v0.20.2/pkg/v1/google/list.go
 */
export function googleManifests(
  repository: string,
  tags: readonly string[],
  images: InMemoryImages,
  api: DigestApi | undefined,
): object {
  if (api?.vendor !== 'google' || api.refusal !== undefined) return {};
  const manifest = Object.fromEntries(
    [...byDigest(tagsOf(repository, tags, images, api))].map(([digest, of]) => [
      digest,
      {
        imageSizeBytes: '1',
        mediaType: of[0]?.mediaType,
        tag: of.map(({ tag }) => tag),
        timeUploadedMs: '1',
      },
    ]),
  );
  return { child: [], manifest };
}
