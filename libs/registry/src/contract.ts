import type {
  Credentials,
  Descriptor,
  Digest,
  Location,
  Manifest,
  ManifestHead,
  Referrer,
  RepositoryOptions,
  SyncError,
} from '@regfleet/model';

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where a process notes its uploads, so that others can end them when it has died. */
export interface UploadNotes {
  /** A note that is not kept again for so long is found by others. */
  readonly leaseMs: number;
  /** @param note - holds nothing that only this process may know. */
  keep(note: string): void;
  drop(note: string): void;
}

/** An upload of a process that is no more. */
export interface LeftUpload {
  /** Best effort; never rejects. */
  end(): Promise<void>;
}

export interface BlobOptions extends RequestOptions {
  /** What comes before is known already; absent: nothing. */
  readonly fromBytes?: number;
}

export interface TagListOptions extends RequestOptions {
  /** No more than so many pages are asked for; absent: all. */
  readonly maxPages?: number;
}

/** What credentials are wanted for. */
export interface LoginContext extends RequestOptions {
  /**
   * The repository that they are shown for, as references have it: files of logins may know several accounts of one
   * registry. Absent: the registry as a whole, and the path that the location has.
   */
  readonly repository?: string | undefined;
}

/**
 * What a target tells; absent: it has nothing under that name. `untold`: why it refuses to say, which tells nothing of whether it
 * takes a push: many registries refuse what does not exist yet.
 */
export type TargetHead = ManifestHead | { readonly untold: SyncError } | undefined;

/** The content of a blob as it comes. */
export interface BlobReader {
  /** What comes next, never empty, in memory that may be used again with the next call; absent: that was all. One call at a time. @throws {SyncError} */
  read(): Promise<Buffer | undefined>;
  /** Nobody reads any more. */
  close(): void;
}

/** A tag as a list has it: a hint, since lists may be behind what the registry answers. */
export interface TagDigest {
  readonly tag: string;
  readonly digest: Digest;
  /** Absent: the list does not tell. */
  readonly isIndex?: boolean;
}

/**
 * What the registry wanted to see before it answered for somebody who may push: a token that was given for that, the
 * password, which may allow less, or nothing.
 */
export type PushPermission = 'token' | 'password' | 'not-asked';

export type MountResult =
  | { readonly kind: 'mounted' }
  /** The registry opened an upload instead; `uploadBlob` can continue it. */
  | { readonly kind: 'upload-opened'; readonly location: string }
  | { readonly kind: 'refused' };

export interface ReferrerOptions extends RequestOptions {
  /** True: of a repository that is to be pushed to. */
  readonly isTarget?: boolean;
  /** False: the fallback tag is known not to be there; absent: it is looked for where the registry lists nothing itself. */
  readonly hasFallback?: boolean;
  /** True: what the registry lists itself is not wanted. */
  readonly isOnlyTag?: boolean;
}

/** What names a manifest as its subject, each once. */
export interface ReferrerList {
  /** `tag`: the registry lists none itself, and the tag that takes the place of such a list says so. */
  readonly from: 'api' | 'tag';
  readonly referrers: readonly Referrer[];
  /** What stands under that tag; absent: nothing, or the registry lists them itself. */
  readonly tag?: Manifest;
}

/** What became of a manifest that names a subject. */
export interface PutReferrer {
  /** As of `putManifest`. */
  readonly digest: Digest;
  /** False: the registry does not list it by itself, so that a tag has to. */
  readonly isLinked: boolean;
}

export interface PutOptions extends RequestOptions {
  /**
   * What has to stand under the name at that moment, `nothing` for nothing; absent: whatever. Few registries look at it; those that do
   * answer 412 where it is not so.
   */
  readonly ifMatch?: Digest | 'nothing';
}

/** One way of a registry that was found out from its answers. */
export type Finding =
  /** It does not speak TLS. */
  | { readonly kind: 'plain-http' }
  /** `/v2/` asks for a login where other paths do not: they tell strangers less. */
  | { readonly kind: 'login-asked-at-base' }
  /** It refuses what comes too fast. @property count - requests that are under way at most. */
  | { readonly kind: 'requests-at-once'; readonly count: number }
  /** HEAD tells nothing: a manifest is asked for by GET, a blob is sent. @property status - that HEAD led to. */
  | { readonly kind: 'head-refused'; readonly of: 'blob' | 'manifest'; readonly status: number }
  /** Links to further pages of a list lead elsewhere; they are asked for where the list is. */
  | { readonly kind: 'pages-elsewhere' }
  /** It says how many manifests may still be read. */
  | { readonly kind: 'pulls-counted' }
  /** Answers are called encoded, which nobody asked for. */
  | { readonly kind: 'answers-encoded' }
  | { readonly kind: 'mounts'; readonly outcome: 'mounted' | 'refused' }
  /** Blobs are sent in portions. @property bytes - what one request has at most. */
  | { readonly kind: 'largest-body'; readonly bytes: number }
  /** Content is sent by PATCH. */
  | { readonly kind: 'put-without-content' };

/**
 * One registry as one account: the OCI distribution API, authenticated, retried where safe, limited.
 *
 * Failures are `SyncError`s with registry and reference, without a side: the caller knows the side (`error.located`).
 */
export interface RegistryClient {
  /** Host and path, as the config names it. */
  readonly registry: string;
  /** True once the registry has answered a request with 401: what it accepted since then was logged in. */
  readonly hasAskedForLogin: boolean;
  /** True: each GET of a manifest counts towards a limit of hours, and a HEAD does not. */
  readonly countsPulls: boolean;
  /** By how much our clock was ahead of the registry's when it answered a write last; absent: it has not told. */
  readonly clockAheadMs: number | undefined;
  /** What its answers to this process have shown of its ways so far; asks nobody. */
  findings(): readonly Finding[];
  /** Proves that the registry answers and the credentials are taken: one `GET /v2/`. */
  ping(options?: RequestOptions): Promise<void>;
  /** True: it has answered for a manifest, which `askAgain` asks for. */
  readonly hasToldManifest: boolean;
  /**
   * Asks for manifests again that it has answered for last, of a few repositories until one is told, and for nothing where there is
   * none: a registry whose storage is away answers `ping` all the same. @throws {SyncError} why none is told
   */
  askAgain(options?: RequestOptions): Promise<void>;
  /** Logs in for a push and asks for a manifest with that; writes nothing. @throws `DENIED` where the token allows no push */
  pushPermission(repository: string, options?: RequestOptions): Promise<PushPermission>;
  /** Names of `/v2/_catalog`, page by page; stop iterating to stop asking. */
  listRepositories(options?: RequestOptions & { pageSize?: number }): AsyncIterable<readonly string[]>;
  /** All tags, page by page, as the registry orders them. @throws `REPOSITORY_UNKNOWN` */
  listTags(repository: string, options?: TagListOptions): AsyncIterable<readonly string[]>;
  /** The same of a repository that is to be pushed to. */
  listTargetTags(repository: string, options?: TagListOptions): AsyncIterable<readonly string[]>;
  /**
   * Tags with their digests, page by page, by an API of the registry that tells many at once; stop iterating to stop asking.
   * Absent: it has none, or that has been refused lately, so that each tag has to be asked about.
   *
   * @throws {SyncError} where it is refused, or tells anything else.
   */
  listDigests(
    repository: string,
    options?: RequestOptions & { readonly isTarget?: boolean },
  ): AsyncIterable<readonly TagDigest[]> | undefined;
  /** Absent: unknown there. Where HEAD is refused, GET decides. @param name - tag or digest. */
  headManifest(repository: string, name: string, options?: RequestOptions): Promise<ManifestHead | undefined>;
  /**
   * The same of a repository that is to be pushed to, with the rights of a push, or of a reader where those are refused.
   *
   * @throws {SyncError} also where a push would be refused: no token is given, the password is not taken
   */
  headTarget(repository: string, name: string, options?: RequestOptions): Promise<TargetHead>;
  /**
   * One that this account has read lately, by whatever name; asks nobody. One that does not state its media type counts for the
   * repository that did.
   */
  knownManifest(repository: string, digest: Digest): Manifest | undefined;
  /** Bytes checked against the digest; one that is known is not asked for again by its digest. @throws `MANIFEST_UNKNOWN` */
  getManifest(repository: string, name: string, options?: RequestOptions): Promise<Manifest>;
  /**
   * Puts the bytes verbatim.
   *
   * @returns the digest under which the registry says that it has stored them, which is another where the registry
   * converts what it is given; that of the bytes where it does not say.
   */
  putManifest(repository: string, name: string, manifest: Manifest, options?: PutOptions): Promise<Digest>;
  /**
   * Takes a tag away, and nothing that it names, where the registry keeps to the specification.
   *
   * @returns false: the registry deletes no tags, or not for this account.
   * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#deleting-tags
   */
  deleteTag(repository: string, tag: string, options?: RequestOptions): Promise<boolean>;
  /**
   * Manifests that name this one as their subject: by the registry's list of them, or by the tag that takes its place.
   *
   * @throws {SyncError} `TARGET_CONFLICT` where that tag is something else; `MANIFEST_INVALID` on more than 10,000
   */
  listReferrers(repository: string, subject: Digest, options?: ReferrerOptions): Promise<ReferrerList>;
  /** Puts a manifest that names a subject by its digest. */
  putReferrer(repository: string, manifest: Manifest, options?: RequestOptions): Promise<PutReferrer>;
  /** Of a repository that is to be pushed to. Absent: the registry does not say. */
  headBlob(repository: string, digest: Digest, options?: RequestOptions): Promise<boolean | undefined>;
  /** Resumes by `Range` after a cut; the digest is the caller's to check. @throws `BLOB_UNKNOWN` */
  getBlob(repository: string, blob: Descriptor, options?: BlobOptions): Promise<BlobReader>;
  mountBlob(
    repository: string,
    digest: Digest,
    fromRepository: string | undefined,
    options?: RequestOptions,
  ): Promise<MountResult>;
  /**
   * Uploads `content`, withholding its last bytes until the digest matches.
   *
   * @param content - called once per attempt; its signal ends when nobody wants the content any more.
   * @throws `DIGEST_MISMATCH`, `STREAM_TRUNCATED`
   */
  uploadBlob(
    repository: string,
    blob: Descriptor,
    content: (signal: AbortSignal) => Promise<BlobReader>,
    options?: RequestOptions & { location?: string; onBytes?: (bytes: number) => void },
  ): Promise<void>;
  /** What a note of an upload of this account is about; absent: it is not, or it was altered. Asks nobody. */
  leftUpload(note: string): Promise<LeftUpload | undefined>;
}

/** Names of the repositories a registry holds, by whatever API tells them. */
export interface RepositoryLister {
  /** A list that has so many names, or more, may lack others; absent: it lacks none. */
  readonly maxItems?: number | undefined;
  list(options?: RequestOptions): Promise<readonly string[]>;
}

/** Makes repositories on registries that do not make them by themselves when an image is pushed (ECR). */
export interface RepositoryCreator {
  /** Returns when the repository exists. */
  ensure(repository: string, options?: RepositoryOptions & RequestOptions): Promise<void>;
}

/** Every registry this process talks to: connections, tokens and credentials are shared here. */
export interface Registries {
  /** The same endpoint and account give the same client, for as long as somebody asks for it once a day. */
  connect(location: Location): RegistryClient;
  lister(location: Location, limits: { maxItems?: number; cacheDurationMs: number }): RepositoryLister;
  /** Absent: anonymous, or left to the tool (skopeo's own auth files). */
  credentials(location: Location, context?: LoginContext): Promise<Credentials | undefined>;
  /**
   * The name of the provider whose answer `credentials` gives, `anonymous` where none holds anything.
   *
   * @throws as `credentials` does.
   */
  provider(location: Location, context?: LoginContext): Promise<string>;
  /**
   * Makes a target's repository, as the location's `newRepositories` says, where the registry needs that before a push;
   * does nothing for other registries.
   */
  ensureRepository(location: Location, repository: string, options?: RequestOptions): Promise<void>;
  close(): Promise<void>;
}

/** One HTTP request as metrics see it. `code` is the status, or `error` when none came. */
export interface RequestEvent {
  readonly registry: string;
  readonly method: string;
  readonly code: string;
}
