import type { RunTrigger } from '../runs.ts';

/** `urgent`: an operator waits for it. */
export type Rank = 'urgent' | 'usual';

/** So many images of an operator's run go before those of others; the rest takes turns with them. */
export const OPERATOR_HEAD_START = 100;

/** @param position - of the image in its run, 1 = first. */
export const rankOf = (trigger: RunTrigger, position: number): Rank =>
  trigger === 'operator' && position <= OPERATOR_HEAD_START ? 'urgent' : 'usual';

/** How many may be under way in a process where `limit` may: one more for whom an operator waits. */
export const limitFor = (rank: Rank, limit: number): number => (rank === 'urgent' ? limit + 1 : limit);
