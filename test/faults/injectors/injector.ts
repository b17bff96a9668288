import type { PlannedFault } from '../plan.ts';
import type { FaultSite } from '../site.ts';

/** Ends a fault, and makes good what it broke. */
export type Undo = () => Promise<void>;

/** Lets a fault begin. @returns how it ends, or why it could not begin. */
export type Injector = (site: FaultSite, fault: PlannedFault) => Promise<Undo | { readonly skipped: string }>;

/** The one of several that the plan has chosen. */
export function chosen<Item>(items: readonly Item[], { choice }: PlannedFault): Item {
  const item = items[Math.floor(choice * items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}

export const nothing: Undo = () => Promise.resolve();
