import { createHash } from 'node:crypto';
import {
  type Digest,
  isDigest,
  isSyncError,
  MANIFEST_ACCEPT,
  type Manifest,
  manifestMediaType,
  plainMediaType,
  SyncError,
  statesMediaType,
} from '@regfleet/model';
import { pullScope, pushScope } from '../auth/scope.ts';
import type { ManifestHead, ManifestHeadOptions, RequestOptions } from '../contract.ts';
import { isHtmlType } from '../errors/error-body.ts';
import type { HeadEnd } from '../errors/head-end.ts';
import { mayBeThere } from '../errors/refused-write.ts';
import { type Answer, isTooLarge } from '../http/answer.ts';
import { codingsOf } from '../http/content-coding.ts';
import type { RegistryRequest, Session } from '../session/session.ts';
import { type HeadPlace, HeadRefusals } from './head-refusals.ts';
import type { AccountManifests } from './manifest-cache.ts';

// Twice what the distribution specification obliges registries to take, and what the largest indexes need.
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

type GetOptions = RequestOptions & { readonly isRepeatable?: boolean };

/** Manifests and indexes of a registry: their bytes are never changed, their digests always checked. */
export class Manifests {
  readonly #session: Session;
  readonly #known: AccountManifests;
  readonly #refusals: HeadRefusals;

  constructor(session: Session, known: AccountManifests) {
    this.#session = session;
    this.#known = known;
    this.#refusals = new HeadRefusals(session.endpoint.transport.settings.now);
  }

  /** One that was read lately; absent: it would have to be asked for. */
  known(repository: string, digest: Digest): Manifest | undefined {
    return this.#known.get(digest, repository);
  }

  async head(
    repository: string,
    name: string,
    options: ManifestHeadOptions = {},
  ): Promise<ManifestHead | undefined> {
    const place = { repository, side: options.side };
    if (this.#refusals.isUseless(place)) return await this.#headByGet(place, name, options);
    const looked = await this.#session.look({
      ...this.#request(repository, name, options),
      expects: [200, 404],
    });
    if ('error' in looked) {
      if (this.#refusals.isAlike(place)) throw looked.error;
      const isRepeatable = looked.end === 'refused';
      const found = await this.#headByGet(place, name, { ...options, isRepeatable });
      this.#learn(place, looked.end);
      return found;
    }
    const { answer } = looked;
    if (answer.status === 404) return undefined;
    const digest = this.#digestOf(answer, repository, name);
    if (digest === undefined) return await this.#headByGet(place, name, options);
    const isEncoded = codingsOf(answer.headers['content-encoding']).length > 0;
    // The length of what would be sent says nothing of the manifest then.
    const sizeBytes = Number((isEncoded ? undefined : answer.headers['content-length']) ?? Number.NaN);
    return {
      digest,
      mediaType: plainMediaType(answer.headers['content-type']),
      ...(Number.isSafeInteger(sizeBytes) && { sizeBytes }),
    };
  }

  #learn(place: HeadPlace, end: HeadEnd): void {
    const { logger } = this.#session.endpoint.transport.settings;
    const told = { registry: this.#session.registry, ...place };
    logger.debug(told, 'HEAD of manifests says nothing here, GET is used');
    this.#refusals.useless(place, end);
  }

  async get(repository: string, name: string, options: RequestOptions = {}): Promise<Manifest> {
    const known = isDigest(name) ? this.#known.get(name, repository) : undefined;
    return known ?? (await this.#read(repository, name, options));
  }

  async #read(
    repository: string,
    name: string,
    { isRepeatable = true, ...options }: GetOptions,
  ): Promise<Manifest> {
    const common = this.#request(repository, name, options);
    const request = { ...common, method: 'GET' as const, expects: [200], isRepeatable };
    const { answer, bytes } = await this.#session
      .read(request, MAX_MANIFEST_BYTES, (sent, from) => isNamed(sent, namesOf(from, name)))
      .catch((error: unknown) => {
        throw isTooLarge(error) ? this.#tooLarge(repository, name) : error;
      });
    const digest = this.#checkedDigest(answer, bytes, { repository, name });
    const mediaType = manifestMediaType(answer.headers['content-type'], bytes);
    const manifest = { digest, mediaType, bytes };
    return this.#known.add(manifest, statesMediaType(manifest) ? undefined : repository);
  }

  async put(
    repository: string,
    name: string,
    manifest: Manifest,
    options: RequestOptions = {},
  ): Promise<Digest> {
    try {
      const answer = await this.#session.head({
        ...this.#request(repository, name, options),
        method: 'PUT',
        scopes: [pushScope(repository)],
        action: 'put the manifest',
        headers: { 'content-type': manifest.mediaType },
        body: manifest.bytes,
        isRepeatable: true,
        isCommit: true,
        expects: [200, 201, 202],
      });
      return saidDigest(answer) ?? manifest.digest;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!mayBeThere(error) || lacksContent(error)) throw error;
      // A question that fails leaves the refusal as it is.
      const there = await this.head(repository, name, { ...options, side: 'target' }).catch(() => undefined);
      options.signal?.throwIfAborted();
      if (there?.digest !== manifest.digest) throw error;
      return manifest.digest;
    }
  }

  #request(
    repository: string,
    name: string,
    { signal }: RequestOptions,
  ): Omit<RegistryRequest, 'method' | 'expects'> {
    return {
      path: `/v2/${repository}/manifests/${name}`,
      scopes: [pullScope(repository)],
      subject: 'manifest',
      action: 'get the manifest of',
      reference: this.#reference(repository, name),
      headers: { accept: MANIFEST_ACCEPT },
      signal,
    };
  }

  #reference(repository: string, name: string): string {
    return `${this.#session.registry}/${repository}${isDigest(name) ? '@' : ':'}${name}`;
  }

  async #headByGet(place: HeadPlace, name: string, options: GetOptions): Promise<ManifestHead | undefined> {
    try {
      // What another repository holds says nothing about this one.
      const { digest, mediaType, bytes } = await this.#read(place.repository, name, options);
      return { digest, mediaType, sizeBytes: bytes.byteLength };
    } catch (error) {
      const isUnknown =
        isSyncError(error) && (error.code === 'MANIFEST_UNKNOWN' || error.code === 'REPOSITORY_UNKNOWN');
      if (isUnknown) return undefined;
      if (isSyncError(error) && error.code === 'DENIED') this.#refusals.refused(place);
      throw error;
    }
  }

  /** Absent: the registry does not say, and it was not asked by digest. */
  #digestOf(answer: Answer, repository: string, name: string): Digest | undefined {
    const { headers, status } = answer;
    if (isHtmlType(headers['content-type'] ?? '')) {
      throw new SyncError('RESPONSE_INVALID', {
        message: `cannot get the manifest of ${this.#reference(repository, name)}: ${this.#session.registry} answered with a web page`,
        hint: 'is the address right, and is a login page or proxy in between?',
        reference: this.#reference(repository, name),
        registry: this.#session.registry,
        httpStatus: status,
      });
    }
    const digest = saidDigest(answer);
    if (!isDigest(name)) return digest;
    if (digest !== undefined && sameAlgorithm(digest, name) && digest !== name)
      throw this.#mismatch(repository, name, digest);
    return name;
  }

  /** The digest that was asked for or told, once the bytes have it. */
  #checkedDigest(
    answer: Answer,
    bytes: Uint8Array,
    { repository, name }: { repository: string; name: string },
  ): Digest {
    const wanted = namesOf(answer, name);
    for (const digest of wanted) {
      const actual = digestOf(bytes, digest);
      if (actual !== digest) throw this.#mismatch(repository, name, actual, digest);
    }
    return wanted[0] ?? digestOf(bytes);
  }

  #mismatch(repository: string, name: string, actual: Digest, wanted = name): SyncError {
    const reference = this.#reference(repository, name);
    return new SyncError('DIGEST_MISMATCH', {
      message: `the manifest of ${reference} has the digest ${actual} instead of ${wanted}`,
      hint: 'is a cache or proxy in between that changes what it passes on?',
      reference,
      registry: this.#session.registry,
    });
  }

  #tooLarge(repository: string, name: string): SyncError {
    const reference = this.#reference(repository, name);
    return new SyncError('MANIFEST_INVALID', {
      message: `the manifest of ${reference} is larger than ${MAX_MANIFEST_BYTES} bytes`,
      hint: 'this is no manifest of an image; is the tag the right one?',
      reference,
      registry: this.#session.registry,
    });
  }
}

/** What the registry says; absent: nothing that is a digest. */
function saidDigest({ headers }: Answer): Digest | undefined {
  const said = headers['docker-content-digest']?.trim() ?? '';
  return isDigest(said) ? said : undefined;
}

/** The digests that a manifest has to have: that it was asked for by, and that the registry says. */
const namesOf = (answer: Answer, name: string): readonly Digest[] =>
  [name, saidDigest(answer) ?? ''].filter(isDigest);

const isNamed = (bytes: Uint8Array, digests: readonly Digest[]): boolean =>
  digests.length > 0 && digests.every((digest) => digestOf(bytes, digest) === digest);

const algorithmOf = (digest: Digest): string => digest.slice(0, digest.indexOf(':'));

const sameAlgorithm = (left: Digest, right: Digest): boolean => algorithmOf(left) === algorithmOf(right);

/** @param like - whose algorithm is used; absent: sha256. */
function digestOf(bytes: Uint8Array, like?: Digest): Digest {
  const algorithm = like === undefined ? 'sha256' : algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

/** True: what the manifest names has to be brought, whether the manifest is there or not. */
const lacksContent = ({ code, httpStatus }: SyncError): boolean =>
  code === 'BLOB_UNKNOWN' ||
  code === 'DIGEST_MISMATCH' ||
  // A bare 404 counts as this code and says nothing of what is missing.
  (code === 'MANIFEST_UNKNOWN' && httpStatus !== 404);
