import { BoundedMap } from '@regfleet/model';
import { covers, renamed } from './scope.ts';

// Two of each of the repositories that one account is asked for; more are learnt again, by one request each.
const MAX_NAMES = 10_000;
// Tasks that run once a day find what they learnt the day before.
const IDLE_MS = 25 * 60 * 60_000;
// Longer than any name of a repository with what is done there: the registry chooses it.
const MAX_LENGTH = 1_024;

/** Where a registry wants another scope than the path of the request suggests: its own. */
export class OwnNames {
  readonly #names: BoundedMap<string, string>;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#names = new BoundedMap({ limit: MAX_NAMES, maxAgeMs: IDLE_MS, now });
  }

  /** Scopes in memory. */
  get size(): number {
    return this.#names.size;
  }

  /** What to ask for instead of a scope; itself where nothing else is known. */
  of(scope: string): string {
    return this.#names.use(scope) ?? scope;
  }

  /** @param wanted - what the registry asked for; absent: it did not say. */
  learn([scope, ...more]: readonly string[], wanted: string | undefined): void {
    if (scope === undefined || more.length > 0 || !wanted || wanted.includes(' ')) return;
    if (covers(scope, wanted) || wanted.length > MAX_LENGTH) this.#names.delete(scope);
    // A part of a header keeps the whole of it in memory, unless it is copied.
    else this.#names.set(scope, structuredClone(renamed(scope, wanted)));
  }

  /** What was believed of these may be wrong. */
  forget(scopes: readonly string[]): void {
    for (const scope of scopes) this.#names.delete(scope);
  }
}
