import type { Hold } from '../holds/holds.ts';
import type { OutageCause, OutageSubject } from './outage-note.ts';
import type { OutagesOptions } from './outage-options.ts';

/** A hold of a registry that nobody has placed by hand. */
export interface RegistryHold {
  readonly cause: OutageCause;
  readonly registry: string;
  readonly hold: Hold;
}

interface HoldsWatch {
  isHeld(subject: Pick<OutageSubject, 'cause' | 'registry'>): boolean;
  /** To be called when the config is another. */
  look(): void;
  stop(): void;
}

/** Tells, once each, of the registries of the config that are held for an outage, and that are no more. */
export function watchHolds(
  { holds, locationsOf, logger }: Pick<OutagesOptions, 'holds' | 'locationsOf' | 'logger'>,
  on: { placed(placed: RegistryHold): void; lifted(lifted: RegistryHold): void },
): HoldsWatch {
  let known: readonly RegistryHold[] = [];
  const look = (): void => {
    const before = known;
    known = holds.current.flatMap(ofRegistry).filter(({ registry }) => locationsOf(registry).length > 0);
    for (const placed of known.filter((one) => !before.some((other) => isSame(one, other)))) {
      const { cause, registry, hold } = placed;
      const { reason, untilMs } = hold;
      logger.warn({ registry, cause, reason, untilMs }, 'registry is held back');
      on.placed(placed);
    }
    for (const lifted of before.filter((one) => !known.some((other) => isSame(one, other)))) {
      const { cause, registry, hold } = lifted;
      const isGivenUp = hold.untilMs !== undefined && hold.untilMs <= Date.now();
      if (isGivenUp) logger.warn({ registry, cause }, 'registry is waited for no longer');
      else logger.info({ registry, cause }, 'registry is no longer held back');
      on.lifted(lifted);
    }
  };
  const stop = holds.listen(look);
  look();
  return {
    isHeld: (subject) => holds.current.flatMap(ofRegistry).some((one) => isSame(one, subject)),
    look,
    stop,
  };
}

const ofRegistry = (hold: Hold): RegistryHold[] =>
  hold.cause === 'operator' || hold.scope.kind !== 'registry'
    ? []
    : [{ cause: hold.cause, registry: hold.scope.registry, hold }];

type Named = Pick<RegistryHold, 'cause' | 'registry'>;

const isSame = (one: Named, other: Named): boolean =>
  one.cause === other.cause && one.registry === other.registry;
