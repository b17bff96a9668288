import type { LocalCopy } from './local-copy.ts';

/** The copies for one target reference and platform. */
interface Target {
  /** Waits or is under way. */
  first: LocalCopy;
  /** Begins when that has ended. */
  behind?: LocalCopy;
}

/** Which copy is queued for a target: one while it waits, and one more that was asked for during the copy (ADR 0003). */
export class Targets {
  readonly #targets = new Map<string, Target>();

  /**
   * Finds the place of a copy.
   *
   * Who asks for what waits already is settled by that, who asks during a copy by the one that follows. One from another source
   * is kept behind what waits. Of several that are behind the last is carried out, and settles the others.
   *
   * @returns whether it `begins` when its turn comes on its lane, is `behind` another, or is `left` to one.
   */
  place(copy: LocalCopy): 'begins' | 'behind' | 'left' {
    const target = this.#targets.get(copy.identity);
    if (target === undefined) {
      this.#targets.set(copy.identity, { first: copy });
      return 'begins';
    }
    const { first, behind } = target;
    if (first.state !== 'active' && first.asked.name === copy.asked.name) {
      first.followers.push(copy.asked);
      return 'left';
    }
    copy.state = 'behind';
    // The copy before it changes what was seen.
    copy.seenTarget = undefined;
    copy.followers.push(...(behind?.all ?? []));
    if (behind !== undefined) behind.state = 'gone';
    target.behind = copy;
    return 'behind';
  }

  /** @returns the copy that was behind this one and is to be queued now; absent: none. */
  leave(copy: LocalCopy): LocalCopy | undefined {
    const target = this.#targets.get(copy.identity);
    if (target?.behind === copy) delete target.behind;
    if (target?.first !== copy) return undefined;
    const { behind } = target;
    if (behind === undefined) {
      this.#targets.delete(copy.identity);
      return undefined;
    }
    this.#targets.set(copy.identity, { first: behind });
    behind.state = 'waiting';
    return behind;
  }
}
