import type { LoggedRequest } from '@regfleet/harness';

/** What the requests of one pass say about blobs. */
export interface BlobTraffic {
  /** Blobs that were uploaded: each ends with one PUT. */
  readonly uploaded: number;
  /** HEADs of blobs on the target. */
  readonly heads: number;
  /** All other requests about blobs, on both sides. */
  readonly unasked: number;
  /** Requests that the digests cost in the repositories of the target to which they were not uploaded. */
  withoutUpload(repositories: readonly string[], digests: readonly string[]): number;
  /** Requests that the digests cost after each was asked for, fetched and sent once. */
  beyondFirst(digests: readonly string[]): number;
}

type Log = Readonly<Record<'source' | 'target', readonly LoggedRequest[]>>;

export function blobTraffic(log: Log): BlobTraffic {
  const source = log.source.filter(isAboutBlobs);
  const target = log.target.filter(isAboutBlobs);
  const heads = target.filter(({ method }) => method === 'HEAD');
  const puts = target.filter(({ method }) => method === 'PUT');
  // Opens an upload of its own; one that names a blob asks for a mount.
  const opened = target.filter(({ method, path }) => method === 'POST' && !path.includes('sha256'));
  const wastedUploads = Math.max(opened.length - puts.length, 0);
  const costOf = (repository: string, digest: string): number => {
    const named = target.filter((request) => names(request, repository, digest));
    return named.some(({ method }) => method === 'PUT') ? 0 : named.length;
  };
  return {
    uploaded: puts.length,
    heads: heads.length,
    unasked: source.length + target.length - heads.length,
    withoutUpload: (repositories, digests) =>
      wastedUploads +
      digests
        .flatMap((digest) => repositories.map((repository) => costOf(repository, digest)))
        .reduce((sum, cost) => sum + cost, 0),
    beyondFirst(digests) {
      const named = [...source, ...target].filter(({ path }) =>
        digests.some((digest) => decodeURIComponent(path).includes(digest)),
      );
      const kinds = named.map(({ method, path }) => `${method} ${/sha256[^&]+/.exec(path)?.[0]}`);
      return wastedUploads + kinds.length - new Set(kinds).size;
    },
  };
}

const isAboutBlobs = ({ kind }: LoggedRequest): boolean => kind === 'blob' || kind === 'upload';

function names({ path }: LoggedRequest, repository: string, digest: string): boolean {
  const decoded = decodeURIComponent(path);
  return decoded.startsWith(`/v2/${repository}/`) && decoded.includes(digest);
}
