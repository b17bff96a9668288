import { BoundedMap, type Side } from '@regfleet/model';

// A GET counts as a pull at Docker Hub, and keeps an image from being cleaned up, so HEAD gets another chance now and then.
const REFUSED_MS = 60 * 60_000;
const PASSING_MS = 60_000;
// One image may be refused for itself, as those that a scanner holds back.
const ALIKE_FROM = 3;
const REPOSITORIES_REMEMBERED = 10_000;

/** Where a manifest was asked for by HEAD. */
export interface HeadPlace {
  readonly repository: string;
  /** The end of the copies that ask; a target may be asked with other rights than a source. */
  readonly side?: Side | undefined;
}

/** Repositories of one registry where HEAD of a manifest says nothing: where GET does, and where it is refused as well. */
export class HeadRefusals {
  readonly #refused: BoundedMap<string, true>;
  readonly #failing: BoundedMap<string, true>;
  /** How many were refused by HEAD and by GET in a row. */
  readonly #alike: BoundedMap<string, number>;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    const limit = REPOSITORIES_REMEMBERED;
    this.#refused = new BoundedMap({ limit, maxAgeMs: REFUSED_MS, now });
    this.#failing = new BoundedMap({ limit, maxAgeMs: PASSING_MS, now });
    this.#alike = new BoundedMap({ limit, maxAgeMs: PASSING_MS, now });
  }

  /** True: only GET has told anything there. */
  isUseless(place: HeadPlace): boolean {
    const key = keyOf(place);
    return this.#refused.get(key) ?? this.#failing.get(key) ?? false;
  }

  /** True: GET would tell no more. */
  isAlike(place: HeadPlace): boolean {
    return (this.#alike.get(keyOf(place)) ?? 0) >= ALIKE_FROM;
  }

  /** GET has told what HEAD did not. */
  useless(place: HeadPlace, end: 'refused' | 'failing'): void {
    const key = keyOf(place);
    this.#alike.delete(key);
    if (end === 'refused') this.#refused.set(key, true);
    else this.#failing.set(key, true);
  }

  /** Both begin anew: HEAD may be let in by now. */
  begin(place: HeadPlace): void {
    const key = keyOf(place);
    this.#refused.delete(key);
    this.#failing.delete(key);
  }

  /** GET has told more than HEAD, this time. */
  told(place: HeadPlace): void {
    this.#alike.delete(keyOf(place));
  }

  /** GET was refused. */
  refused(place: HeadPlace): void {
    const key = keyOf(place);
    const isNew = this.isUseless(place);
    this.begin(place);
    if (!isNew) this.#alike.set(key, (this.#alike.get(key) ?? 0) + 1);
  }
}

const keyOf = ({ side, repository }: HeadPlace): string => `${side ?? ''} ${repository}`;
