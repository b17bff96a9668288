import { BoundedMap } from '@regfleet/model';

interface Question {
  readonly answer: Promise<unknown>;
  /** Of whoever has asked it. */
  readonly signal: AbortSignal | undefined;
  readonly takers: Set<number>;
}

export interface Asking {
  /** Who asks, below `takers`. */
  readonly taker: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * What several ask for alike, at about the same time, is asked for once. An answer is forgotten when each has it, and a failure at once;
 * whoever comes late asks by itself.
 */
export class SharedQuestions {
  readonly #takers: number;
  readonly #questions: BoundedMap<string, Question>;

  /** @param takers - how many they are. */
  constructor(takers: number, bounds: { readonly limit: number; readonly maxAgeMs: number }) {
    this.#takers = takers;
    this.#questions = new BoundedMap(bounds);
  }

  /** @throws what asking does; the reason of one's own signal, of no other's. */
  async ask<Answer>(key: string, asking: Asking, ask: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const known = this.#take(key, asking.taker);
      const question = known ?? this.#begin(key, asking, ask);
      try {
        // One key is asked in one way.
        return (await question.answer) as Answer;
      } catch (error) {
        this.#forget(key, question);
        asking.signal?.throwIfAborted();
        // Who had asked has given up; that is no answer for others.
        if (known?.signal?.aborted !== true) throw error;
      }
    }
  }

  /** Absent where it has to be asked; who asks twice wants to know anew. */
  #take(key: string, taker: number): Question | undefined {
    const question = this.#questions.get(key);
    if (question === undefined || question.takers.has(taker)) return undefined;
    question.takers.add(taker);
    if (question.takers.size === this.#takers) this.#questions.delete(key);
    return question;
  }

  #begin(key: string, { taker, signal }: Asking, ask: () => Promise<unknown>): Question {
    const question = { answer: ask(), signal, takers: new Set([taker]) };
    this.#questions.set(key, question);
    return question;
  }

  #forget(key: string, question: Question): void {
    if (this.#questions.get(key) === question) this.#questions.delete(key);
  }
}
