import { BoundedMap } from '@regfleet/model';
import { pullScope, pushScope } from './scope.ts';

// Rights change seldom, and finding out anew costs a token.
const READER_MS = 60 * 60_000;
// A repository that tells nothing mostly does so until the first push has made it.
const UNTOLD_MS = 60_000;
const REPOSITORIES_REMEMBERED = 10_000;

/**
 * With which rights a target is asked about its repositories: those of a push, since many registries refuse readers what does not
 * exist yet; those of a reader where a push is refused, so that whoever may only read can compare.
 */
export class TargetScopes {
  readonly #readers: BoundedMap<string, true>;
  readonly #untold: BoundedMap<string, true>;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#readers = new BoundedMap({ limit: REPOSITORIES_REMEMBERED, maxAgeMs: READER_MS, now });
    this.#untold = new BoundedMap({ limit: REPOSITORIES_REMEMBERED, maxAgeMs: UNTOLD_MS, now });
  }

  /** The scope that has told something, or is to be tried first. */
  of(repository: string): string {
    return this.#readers.get(repository) ? pullScope(repository) : pushScope(repository);
  }

  /** What else to ask with where that is refused; empty: asking with more has told nothing a moment ago. */
  othersOf(repository: string): readonly string[] {
    if (this.#untold.get(repository)) return [];
    const first = this.of(repository);
    return [pushScope(repository), pullScope(repository)].filter((scope) => scope !== first);
  }

  /** An answer came to a question with this scope. */
  told(repository: string, scope: string): void {
    this.#untold.delete(repository);
    if (scope === pullScope(repository)) once(this.#readers, repository);
    else this.#readers.delete(repository);
  }

  /** All that could be asked was refused. */
  untold(repository: string): void {
    this.#readers.delete(repository);
    once(this.#untold, repository);
  }
}

/** By the time of the first: what is asked for all the time has to be found out anew as well. */
function once(known: BoundedMap<string, true>, repository: string): void {
  if (!known.get(repository)) known.set(repository, true);
}
