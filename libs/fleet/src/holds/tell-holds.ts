import type { Logger } from '@regfleet/model';
import { type Hold, type Holds, scopeName } from './holds.ts';

/**
 * Tells, once each, of what operators hold back and no longer do; what is held for an outage its watch tells.
 *
 * @returns stops that.
 */
export function tellOperatorHolds(holds: Pick<Holds, 'current' | 'listen'>, logger: Logger): () => void {
  let known: ReadonlyMap<string, Hold> = new Map();
  const look = (): void => {
    const before = known;
    const operators = holds.current.filter(({ cause }) => cause === 'operator');
    known = new Map(operators.map((hold) => [scopeName(hold.scope), hold]));
    for (const [scope, hold] of known) {
      const { reason, by, untilMs } = hold;
      if (!isSame(hold, before.get(scope)))
        logger.info({ scope, reason, by, untilMs }, 'an operator holds this back');
    }
    for (const [scope, { untilMs }] of before) {
      if (known.has(scope)) continue;
      const isOver = untilMs !== undefined && untilMs <= Date.now();
      logger.info(
        { scope },
        isOver ? "the time of an operator's hold is over" : "an operator's hold is lifted",
      );
    }
  };
  const stop = holds.listen(look);
  look();
  return stop;
}

// Times of the store are told by this machine's clock anew with each look.
const ALIKE_MS = 1_000;

const isSame = (one: Hold, other: Hold | undefined): boolean =>
  other !== undefined && one.reason === other.reason && Math.abs(one.sinceMs - other.sinceMs) < ALIKE_MS;
