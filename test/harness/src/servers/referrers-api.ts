import { MEDIA_TYPES } from '@regfleet/model';

export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface ServerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** How a registry answers when it is asked for referrers. */
export type ReferrersApi =
  | {
      readonly isListing: true;
      /** Default: all on one page. */
      readonly pageSize?: number;
      /** True: `artifactType` is passed over, which the answer says. */
      readonly ignoresFilter?: boolean;
    }
  /** As servers answer that have no such API. */
  | {
      readonly isListing: false;
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    };

interface Asked {
  readonly manifests: Iterable<StoredManifest>;
  readonly subject: string;
  readonly url: URL;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers */
export function listReferrers(api: ReferrersApi, { manifests, subject, url }: Asked): ServerAnswer {
  if (!api.isListing) {
    return {
      status: api.status,
      headers: { 'content-type': api.contentType },
      body: Buffer.from(api.body),
    };
  }
  const wanted = api.ignoresFilter ? null : url.searchParams.get('artifactType');
  const all = [...manifests]
    .flatMap((manifest) => entryOf(manifest, subject))
    .filter(({ artifactType }) => wanted === null || artifactType === wanted)
    .sort((one, other) => (one.digest < other.digest ? -1 : 1));
  const last = url.searchParams.get('last') ?? '';
  const rest = all.filter(({ digest }) => digest > last);
  const page = rest.slice(0, api.pageSize ?? rest.length);
  const next = page.length < rest.length && new URLSearchParams({ last: page.at(-1)?.digest ?? '' });
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: page };
  return {
    status: 200,
    headers: {
      'content-type': MEDIA_TYPES.ociIndex,
      ...(wanted !== null && { 'oci-filters-applied': 'artifactType' }),
      ...(next && { link: `<${url.pathname}?${next}>; rel="next"` }),
    },
    body: Buffer.from(JSON.stringify(index)),
  };
}

interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: unknown;
}

/** Each manifest is read once, however often it is looked at. */
const read = new WeakMap<StoredManifest, { readonly of: unknown; readonly entry: Entry }>();

function entryOf(manifest: StoredManifest, subject: string): Entry[] {
  const known = read.get(manifest) ?? readEntry(manifest);
  read.set(manifest, known);
  return known.of === subject ? [known.entry] : [];
}

function readEntry({ mediaType, digest, bytes }: StoredManifest) {
  const json = Object(JSON.parse(bytes.toString()));
  const artifactType = json.artifactType ?? Object(json.config).mediaType;
  return {
    of: Object(json.subject).digest,
    entry: { mediaType, digest, size: bytes.byteLength, artifactType, annotations: json.annotations },
  };
}
