import { setImmediate } from 'node:timers/promises';

/** How many of a long list are looked at before others get their turn: some milliseconds, whatever a registry calls its tags. */
export const SLICE = 1_000;

/** Lets timers and sockets have their turn: a health probe must not wait for a list of 250,000 tags. */
export const nextTurn = (): Promise<void> => setImmediate();

/** The result of `steps`, with a turn for everybody else between them. @throws the abort reason. */
export async function inTurns<Result>(
  steps: Generator<void, Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
    signal?.throwIfAborted();
  }
}
