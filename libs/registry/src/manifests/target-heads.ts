import type { ManifestHead } from '@regfleet/model';
import { isSyncError, type SyncError } from '@regfleet/model';
import type { TargetScopes } from '../auth/target-scopes.ts';
import type { RequestOptions, TargetHead } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { type HeadQuestion, isRefusal, type ManifestHeads, type Refusal } from './manifest-heads.ts';
import type { NamedManifest } from './manifest-request.ts';

interface Refused {
  readonly question: HeadQuestion;
  readonly refusal: Refusal;
}

/**
 * Asks targets what stands under a name: as somebody who may push, as a reader where that is refused, by GET as the last resort,
 * since GETs count as pulls. A registry that refuses all of it may take the push all the same.
 */
export class TargetHeads {
  readonly #session: Session;
  readonly #heads: ManifestHeads;
  readonly #scopes: TargetScopes;

  constructor(session: Session, heads: ManifestHeads, scopes: TargetScopes) {
    this.#session = session;
    this.#heads = heads;
    this.#scopes = scopes;
  }

  /** @throws {SyncError} also that no token is given or a password is not taken: a push would end the same way */
  async ask(place: NamedManifest, { signal }: RequestOptions): Promise<TargetHead> {
    const first = this.#scopes.of(place.repository);
    let refused: Refused | undefined;
    let withheld: SyncError | undefined;
    for (const scope of [first, ...this.#scopes.othersOf(place.repository)]) {
      const question = { ...place, scope, signal, side: 'target' } as const;
      const told = await this.#look(question);
      if (isSyncError(told)) withheld ??= told;
      else if (isRefusal(told)) refused = { question, refusal: told };
      else return this.#told(question, told);
      if (!this.#isAboutRights(isSyncError(told) ? told : told.error)) break;
    }
    if (refused === undefined) throw withheld;
    return await this.#lastResort(refused);
  }

  /** An error: no token is given for it. */
  async #look(question: HeadQuestion): Promise<ManifestHead | undefined | Refusal | SyncError> {
    try {
      return await this.#heads.look(question);
    } catch (error) {
      question.signal?.throwIfAborted();
      if (isAboutLogin(error)) return error;
      throw error;
    }
  }

  async #lastResort({ question, refusal }: Refused): Promise<TargetHead> {
    const { error } = refusal;
    const isAboutRights = this.#isAboutRights(error);
    if (error.code === 'UNAUTHORIZED' && !isAboutRights) throw error;
    if (isAboutRights && this.#scopes.othersOf(question.repository).length === 0)
      return this.#untold(question, error);
    try {
      return this.#told(question, await this.#heads.decide(question, refusal));
    } catch (decided) {
      question.signal?.throwIfAborted();
      if (isAboutLogin(decided)) return this.#untold(question, error);
      throw decided;
    }
  }

  #told({ repository, scope }: HeadQuestion, found: ManifestHead | undefined): ManifestHead | undefined {
    this.#scopes.told(repository, scope);
    return found;
  }

  #untold({ repository }: HeadQuestion, error: SyncError): TargetHead {
    this.#scopes.untold(repository);
    return { untold: error };
  }

  /** True: somebody with other rights may be told. A password has no other rights, and is not shown for them. */
  #isAboutRights(error: SyncError): boolean {
    return this.#session.asksForTokens && isAboutLogin(error);
  }
}

const isAboutLogin = (error: unknown): error is SyncError =>
  isSyncError(error) && (error.code === 'UNAUTHORIZED' || error.code === 'DENIED');
