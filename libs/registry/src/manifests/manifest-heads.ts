import type { ManifestHead } from '@regfleet/model';
import {
  type Digest,
  isDigest,
  isSyncError,
  type Manifest,
  plainMediaType,
  SyncError,
} from '@regfleet/model';
import type { RequestOptions } from '../contract.ts';
import { isHtmlType } from '../errors/error-body.ts';
import type { Answer } from '../http/answer.ts';
import { codingsOf } from '../http/content-coding.ts';
import type { Look, Session } from '../session/session.ts';
import { type HeadPlace, HeadRefusals } from './head-refusals.ts';
import {
  digestMismatch,
  manifestReference,
  manifestRequest,
  type NamedManifest,
} from './manifest-request.ts';
import { saidDigest } from './said-digest.ts';

/** A question about a manifest. */
export interface HeadQuestion extends NamedManifest, HeadPlace {
  /** What a token for it has to allow. */
  readonly scope: string;
  readonly signal?: AbortSignal | undefined;
}

type ReadOptions = RequestOptions & { readonly scope: string; readonly isRepeatable?: boolean };

/** Reads the manifest itself. */
export type ReadManifest = (repository: string, name: string, options: ReadOptions) => Promise<Manifest>;

/** How a HEAD was refused. */
export type Refusal = Extract<Look, { readonly error: SyncError }>;

/** Asks what stands under the name of a manifest, by HEAD, or by GET where HEAD says nothing. */
export class ManifestHeads {
  readonly #session: Session;
  readonly #read: ReadManifest;
  readonly #refusals: HeadRefusals;

  constructor(session: Session, read: ReadManifest) {
    this.#session = session;
    this.#read = read;
    this.#refusals = new HeadRefusals(session.endpoint.transport.settings.now);
  }

  /** Absent: unknown there. */
  async ask(question: HeadQuestion): Promise<ManifestHead | undefined> {
    const told = await this.look(question);
    if (isRefusal(told)) return await this.decide(question, told);
    return told ?? (await this.#readMissing(question));
  }

  /** What HEAD tells, or GET where that is known to be the only one that does. */
  async look(question: HeadQuestion): Promise<ManifestHead | undefined | Refusal> {
    if (this.#refusals.isUseless(question)) {
      const told = await this.#byGetAlone(question);
      if (told !== 'again') return told;
    }
    const looked = await this.#session.look({
      ...manifestRequest(this.#session, question, question),
      expects: [200, 404],
    });
    if ('error' in looked) return looked;
    const { answer } = looked;
    if (answer.status === 404) return undefined;
    const digest = this.#digestOf(answer, question);
    return digest === undefined ? await this.#byGet(question) : headOf(answer, digest);
  }

  /** Lets one GET decide where HEAD was refused. @throws {SyncError} why HEAD was, where GET would be as well */
  async decide(question: HeadQuestion, { end, error }: Refusal): Promise<ManifestHead | undefined> {
    if (end === 'unauthorized' || this.#refusals.isAlike(question)) throw error;
    const found = await this.#byGet(question, end === 'refused');
    this.#refusals.useless(question, end);
    return found;
  }

  /** Caches say by HEAD that what they have not fetched yet is not there, and fetch it for whoever reads it. */
  async #readMissing(question: HeadQuestion): Promise<ManifestHead | undefined> {
    if (this.#refusals.isUseless(question) || this.#refusals.isAlike(question)) return undefined;
    const found = await this.#byGet(question).catch((error: unknown) => {
      question.signal?.throwIfAborted();
      if (isSyncError(error) && error.kind === 'permanent') return undefined;
      throw error;
    });
    if (found === undefined) this.#refusals.refused(question);
    // By HEAD it is told from now on, and the next image by another GET.
    else this.#refusals.told(question);
    return found;
  }

  /** `again`: it is refused a login now, so what HEAD said before counts no more. */
  async #byGetAlone(question: HeadQuestion): Promise<ManifestHead | undefined | Refusal | 'again'> {
    try {
      return await this.#byGet(question);
    } catch (error) {
      question.signal?.throwIfAborted();
      if (isSyncError(error) && error.code === 'DENIED') return { end: 'unauthorized', error };
      if (!isSyncError(error) || error.code !== 'UNAUTHORIZED') throw error;
      this.#refusals.begin(question);
      return 'again';
    }
  }

  async #byGet(question: HeadQuestion, isRepeatable = true): Promise<ManifestHead | undefined> {
    const { repository, name, scope, signal } = question;
    try {
      // What another repository holds says nothing about this one.
      const { digest, mediaType, bytes } = await this.#read(repository, name, {
        scope,
        signal,
        isRepeatable,
      });
      return { digest, mediaType, sizeBytes: bytes.byteLength };
    } catch (error) {
      const isUnknown =
        isSyncError(error) && (error.code === 'MANIFEST_UNKNOWN' || error.code === 'REPOSITORY_UNKNOWN');
      if (isUnknown) return undefined;
      if (isSyncError(error) && error.code === 'DENIED') this.#refusals.refused(question);
      throw error;
    }
  }

  /** Absent: the registry does not say, and it was not asked by digest. */
  #digestOf(answer: Answer, question: HeadQuestion): Digest | undefined {
    const { headers, status } = answer;
    const { name } = question;
    if (isHtmlType(headers['content-type'] ?? '')) {
      const reference = manifestReference(this.#session, question);
      throw new SyncError('RESPONSE_INVALID', {
        message: `cannot get the manifest of ${reference}: ${this.#session.registry} answered with a web page`,
        hint: 'is the address right, and is a login page or proxy in between?',
        reference,
        registry: this.#session.registry,
        httpStatus: status,
      });
    }
    const digest = saidDigest(answer);
    if (!isDigest(name)) return digest;
    if (digest !== undefined && sameAlgorithm(digest, name) && digest !== name)
      throw digestMismatch(this.#session, question, digest);
    return name;
  }
}

export const isRefusal = (told: ManifestHead | undefined | Refusal): told is Refusal =>
  told !== undefined && 'error' in told;

function headOf({ headers }: Answer, digest: Digest): ManifestHead {
  const isEncoded = codingsOf(headers['content-encoding']).length > 0;
  // The length of what would be sent says nothing of the manifest then.
  const sizeBytes = Number((isEncoded ? undefined : headers['content-length']) ?? Number.NaN);
  return {
    digest,
    mediaType: plainMediaType(headers['content-type']),
    ...(Number.isSafeInteger(sizeBytes) && { sizeBytes }),
  };
}

const sameAlgorithm = (left: Digest, right: Digest): boolean =>
  left.slice(0, left.indexOf(':')) === right.slice(0, right.indexOf(':'));
