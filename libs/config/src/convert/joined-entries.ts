import type { Dictionary } from './plain.ts';

/** Source, target and what is chosen, as an entry of another tool has them. */
export interface Ends {
  readonly name: string;
  readonly source: Dictionary;
  readonly target: Dictionary;
  readonly mappings: readonly Dictionary[];
}

interface Entry {
  readonly ends: Ends;
  /** When, and what else of a task. */
  readonly how: Dictionary;
}

interface Joined extends Omit<Entry, 'ends'> {
  readonly ends: Omit<Ends, 'target'> & {
    readonly target?: Dictionary;
    readonly targets?: readonly Dictionary[];
  };
}

/** Entries that differ in their target alone are one with several targets: their source is asked once. */
export function joinedEntries(entries: readonly Entry[]): Joined[] {
  const alike = Map.groupBy(entries, ({ ends: { target: _, ...ends }, how }) => JSON.stringify([ends, how]));
  return [...alike.values()].flatMap((group): Joined[] => {
    const [first] = group;
    const targets = group.map(({ ends }) => ends.target);
    const isEachOnce = new Set(targets.map((target) => JSON.stringify(target))).size === targets.length;
    // What is there twice is told by validate.
    if (first === undefined || targets.length === 1 || !isEachOnce) return group;
    const { target: _, ...ends } = first.ends;
    return [{ how: first.how, ends: { ...ends, targets } }];
  });
}
