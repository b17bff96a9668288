import { createHash } from 'node:crypto';
import type { ManifestHead } from '@regfleet/model';
import {
  type Digest,
  isDigest,
  type Manifest,
  manifestMediaType,
  SyncError,
  statesMediaType,
} from '@regfleet/model';
import { pullScope, pushScope } from '../auth/scope.ts';
import type { TargetScopes } from '../auth/target-scopes.ts';
import type { PutOptions, PutReferrer, RequestOptions, TargetHead } from '../contract.ts';
import { mayBeThere } from '../errors/refused-write.ts';
import { allowanceIn } from '../http/allowance.ts';
import { type Answer, isTooLarge } from '../http/answer.ts';
import type { Session } from '../session/session.ts';
import type { AccountManifests } from './manifest-cache.ts';
import { ManifestHeads, type ReadManifest } from './manifest-heads.ts';
import {
  digestMismatch,
  manifestReference,
  manifestRequest,
  type NamedManifest,
} from './manifest-request.ts';
import { saidDigest } from './said-digest.ts';
import { TargetHeads } from './target-heads.ts';

// Twice what the distribution specification obliges registries to take, and what the largest indexes need.
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

type ReadOptions = Parameters<ReadManifest>[2];

/** Manifests and indexes of a registry: their bytes are never changed, their digests always checked. */
export class Manifests {
  readonly #session: Session;
  readonly #known: AccountManifests;
  readonly #heads: ManifestHeads;
  readonly #targetHeads: TargetHeads;

  constructor(session: Session, known: AccountManifests, scopes: TargetScopes) {
    this.#session = session;
    this.#known = known;
    this.#heads = new ManifestHeads(session, (...question) => this.#read(...question));
    this.#targetHeads = new TargetHeads(session, this.#heads, scopes);
  }

  /** One that was read lately; absent: it would have to be asked for. */
  known(repository: string, digest: Digest): Manifest | undefined {
    return this.#known.get(digest, repository);
  }

  /** Absent: unknown there. */
  head(repository: string, name: string, { signal }: RequestOptions = {}): Promise<ManifestHead | undefined> {
    return this.#heads.ask({ repository, name, scope: pullScope(repository), signal, side: 'source' });
  }

  /** The same of a repository that is to be pushed to. */
  headTarget(repository: string, name: string, options: RequestOptions = {}): Promise<TargetHead> {
    return this.#targetHeads.ask({ repository, name }, options);
  }

  /** @param options.scope - what a token for it has to allow; absent: to pull. */
  async get(
    repository: string,
    name: string,
    options: RequestOptions & { readonly scope?: string } = {},
  ): Promise<Manifest> {
    const known = isDigest(name) ? this.#known.get(name, repository) : undefined;
    const { signal, scope = pullScope(repository) } = options;
    return known ?? (await this.#read(repository, name, { signal, scope }));
  }

  async #read(
    repository: string,
    name: string,
    { isRepeatable = true, ...options }: ReadOptions,
  ): Promise<Manifest> {
    const common = manifestRequest(this.#session, { repository, name }, options);
    const request = { ...common, method: 'GET' as const, expects: [200], isRepeatable };
    const { answer, bytes } = await this.#session
      .read(request, MAX_MANIFEST_BYTES, (sent, from) => isNamed(sent, namesOf(from, name)))
      .catch((error: unknown) => {
        throw isTooLarge(error) ? this.#tooLarge(repository, name) : error;
      });
    if (allowanceIn(answer.headers) !== undefined) this.#session.findings.note({ kind: 'pulls-counted' });
    const digest = this.#checkedDigest(answer, bytes, { repository, name });
    const mediaType = manifestMediaType(answer.headers['content-type'], bytes);
    const manifest = { digest, mediaType, bytes };
    return this.#known.add(manifest, statesMediaType(manifest) ? undefined : repository);
  }

  async put(repository: string, name: string, manifest: Manifest, options: PutOptions = {}): Promise<Digest> {
    const place = { repository, name };
    const { digest } = manifest;
    let answer: Answer;
    try {
      answer = await this.#put(place, manifest, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!mayBeThere(error) || lacksContent(error)) throw error;
      // A question that fails leaves the refusal as it is.
      const found = await this.#look(place, digest, options).catch(() => 'untold');
      options.signal?.throwIfAborted();
      if (found !== 'there') throw error;
      return digest;
    }
    const said = saidDigest(answer);
    // What is called created is there; anything else may be the page of somebody in between.
    const isTold = said !== undefined || answer.status === 201;
    if (!isTold && (await this.#look(place, digest, options)) === 'missing') throw this.#notTaken(place);
    return said ?? digest;
  }

  /** Whether a name of a repository that is pushed to has that manifest; `missing`: none, or another one. */
  async #look(
    { repository, name }: NamedManifest,
    digest: Digest,
    options: PutOptions,
  ): Promise<'there' | 'missing' | 'untold'> {
    const found = await this.headTarget(repository, name, options);
    if (found !== undefined && 'untold' in found) return 'untold';
    return found?.digest === digest ? 'there' : 'missing';
  }

  #notTaken(place: NamedManifest): SyncError {
    const { registry } = this.#session;
    const reference = manifestReference(this.#session, place);
    return new SyncError('SERVER_FAILED', {
      message: `${registry} has taken the manifest of ${reference} and does not have it`,
      hint: 'does a proxy or firewall in front of it answer in its place?',
      reference,
      registry,
    });
  }

  /** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests-with-subject */
  async putReferrer(
    repository: string,
    manifest: Manifest,
    options: RequestOptions = {},
  ): Promise<PutReferrer> {
    const answer = await this.#put({ repository, name: manifest.digest }, manifest, options);
    const isLinked = answer.headers['oci-subject'] !== undefined;
    return { digest: saidDigest(answer) ?? manifest.digest, isLinked };
  }

  #put(place: NamedManifest, { mediaType, bytes }: Manifest, options: PutOptions): Promise<Answer> {
    const { ifMatch, signal } = options;
    return this.#session.head({
      ...manifestRequest(this.#session, place, { signal, scope: pushScope(place.repository) }),
      method: 'PUT',
      action: 'put the manifest',
      headers: { 'content-type': mediaType, ...conditionOf(ifMatch) },
      body: bytes,
      isRepeatable: true,
      isCommit: true,
      expects: [200, 201, 202],
    });
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
      if (actual !== digest) throw digestMismatch(this.#session, { repository, name }, actual, digest);
    }
    return wanted[0] ?? digestOf(bytes);
  }

  #tooLarge(repository: string, name: string): SyncError {
    const reference = manifestReference(this.#session, { repository, name });
    return new SyncError('MANIFEST_INVALID', {
      message: `the manifest of ${reference} is larger than ${MAX_MANIFEST_BYTES} bytes`,
      hint: 'this is no manifest of an image; is the tag the right one?',
      reference,
      registry: this.#session.registry,
    });
  }
}

/** Registries have the digest as the entity tag of a manifest. */
function conditionOf(ifMatch: PutOptions['ifMatch']): Readonly<Record<string, string>> {
  if (ifMatch === undefined) return {};
  return ifMatch === 'nothing' ? { 'if-none-match': '*' } : { 'if-match': `"${ifMatch}"` };
}

/** The digests that a manifest has to have: that it was asked for by, and that the registry says. */
const namesOf = (answer: Answer, name: string): readonly Digest[] =>
  [name, saidDigest(answer) ?? ''].filter(isDigest);

const isNamed = (bytes: Uint8Array, digests: readonly Digest[]): boolean =>
  digests.length > 0 && digests.every((digest) => digestOf(bytes, digest) === digest);

const algorithmOf = (digest: Digest): string => digest.slice(0, digest.indexOf(':'));

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
