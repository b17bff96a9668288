import { type DigestListerName, isSyncError, type Logger, type SyncError } from '@regfleet/model';
import type { RegistryClient, TagDigest } from '../contract.ts';
import type { DigestDeps, DigestLister, DigestQuestion } from './digest-lister.ts';
import { ecr } from './ecr.ts';
import { google } from './google.ts';
import { harbor } from './harbor.ts';
import { quay } from './quay.ts';

/** Those that a config can name, beside ECR's, which has a host of its own. */
const NAMED: Readonly<Record<DigestListerName, DigestLister>> = {
  google,
  harbor,
  quay,
};
const ALL: readonly DigestLister[] = [ecr, ...Object.values(NAMED)];

// Rights are given seldom, and each try costs a request a repository.
const REFUSED_MS = 60 * 60_000;
// What fails now may be there again soon.
const FAILED_MS = 60_000;
// One repository may be closed, or not be there yet; two in a row speak for the account.
const REFUSALS_IN_A_ROW = 2;
// An API that names ever more pages tells nothing that is worth waiting for.
const MAX_PAGES = 1_000;

/** What a registry tells of many tags at once, as long as it does. */
export class DigestLists {
  readonly #deps: DigestDeps;
  readonly #logger: Logger;
  #refusals = 0;
  #refusedUntilMs = 0;

  constructor(deps: DigestDeps, logger: Logger) {
    this.#deps = deps;
    this.#logger = logger;
  }

  /** As `RegistryClient.listDigests`. */
  of(question: DigestQuestion): ReturnType<RegistryClient['listDigests']> {
    if (this.#now() < this.#refusedUntilMs) return undefined;
    const lister = this.#lister();
    return lister && this.#pages(lister, question);
  }

  #lister(): DigestLister | undefined {
    const { location, session } = this.#deps;
    const { digestLister, registry } = location;
    if (digestLister === 'none') return undefined;
    if (digestLister !== undefined) return NAMED[digestLister];
    const signs = { registry, tokenService: session.tokenService };
    return ALL.find((lister) => lister.isAt(signs));
  }

  async *#pages(lister: DigestLister, question: DigestQuestion): AsyncGenerator<readonly TagDigest[]> {
    let pages = 0;
    try {
      for await (const page of lister.pages(question, this.#deps)) {
        this.#refusals = 0;
        yield page;
        pages += 1;
        if (pages >= MAX_PAGES) return;
      }
    } catch (error) {
      question.signal?.throwIfAborted();
      if (isSyncError(error)) this.#refused(question, error);
      throw error;
    }
  }

  #refused({ repository }: DigestQuestion, error: SyncError): void {
    const { registry } = this.#deps.session;
    this.#refusals += 1;
    const isOver = this.#refusals >= REFUSALS_IN_A_ROW;
    if (isOver) {
      this.#refusals = 0;
      this.#refusedUntilMs = this.#now() + (PASSING.has(error.code) ? FAILED_MS : REFUSED_MS);
    }
    const scope = isOver ? 'for a while each tag is asked about' : 'its tags are asked about';
    this.#logger.info({ registry, repository, error }, `digests could not be listed; ${scope}`);
  }

  #now(): number {
    return this.#deps.session.endpoint.transport.settings.now();
  }
}

const PASSING: ReadonlySet<string> = new Set([
  'NETWORK_FAILED',
  'RATE_LIMITED',
  'SERVER_FAILED',
  'STREAM_TRUNCATED',
  'TIMED_OUT',
  'TOO_SLOW',
]);
