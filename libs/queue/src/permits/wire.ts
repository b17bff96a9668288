import type { LaneLimits, LaneParts } from '@regfleet/fleet';
import { z } from 'zod';
import { NO_LIMIT } from './scripts/pools.ts';

/** Where a copy goes, and what holds there: five words to a script are these and an id. */
export interface Claim {
  readonly parts: LaneParts;
  readonly limits: LaneLimits;
}

/** The pools of a claim with their limits, as the scripts take them. */
export const poolArgs = ({ parts, limits }: Claim): readonly (string | number)[] => [
  `source/${parts.source}`,
  limits.source ?? NO_LIMIT,
  `target/${parts.target}`,
  limits.target ?? NO_LIMIT,
];

const replaced = z.array(z.string());

/** What the scripts answer. */
export const answers = {
  taken: z.tuple([z.number(), replaced]).transform(([isGranted, keys]) => [isGranted === 1, keys] as const),
  ids: z.tuple([z.array(z.string()), replaced]),
};
