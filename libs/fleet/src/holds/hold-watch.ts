import type { Attempt } from '../attempt.ts';
import { type Holds, holdsBack, type WorkParts } from './holds.ts';

/** For what is under way to end by itself. */
const GRACE_MS = 30_000;

interface UnderWay {
  readonly work: WorkParts;
  readonly attempt: Attempt;
  grace?: NodeJS.Timeout | undefined;
}

/**
 * Aborts what is under way in a process and an operator holds back: after the time that it gets to end, or at once.
 *
 * Holds of other causes tell of registries that do not work: what is under way there finds out by itself.
 */
export class HoldWatch {
  readonly #holds: Pick<Holds, 'current' | 'listen'>;
  readonly #graceMs: number;
  readonly #underWay = new Set<UnderWay>();
  readonly #unlisten: () => void;

  constructor(holds: Pick<Holds, 'current' | 'listen'>, graceMs = GRACE_MS) {
    this.#holds = holds;
    this.#graceMs = graceMs;
    this.#unlisten = holds.listen(() => {
      for (const each of this.#underWay) this.#look(each);
    });
  }

  /** @returns is to be called at its end. */
  add(work: WorkParts, attempt: Attempt): () => void {
    const each: UnderWay = { work, attempt };
    this.#underWay.add(each);
    this.#look(each);
    return () => {
      this.#underWay.delete(each);
      clearTimeout(each.grace);
    };
  }

  stop(): void {
    this.#unlisten();
    for (const { grace } of this.#underWay) clearTimeout(grace);
  }

  #look(each: UnderWay): void {
    const holds = this.#holds.current.filter(
      (hold) => hold.cause === 'operator' && holdsBack(hold, each.work),
    );
    if (holds.length === 0) {
      clearTimeout(each.grace);
      each.grace = undefined;
    } else if (holds.some(({ isImmediate }) => isImmediate)) each.attempt.abort('held');
    else each.grace ??= setTimeout(() => each.attempt.abort('held'), this.#graceMs);
  }
}
