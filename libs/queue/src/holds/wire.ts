import {
  HOLD_CAUSES,
  type Hold,
  type HoldCause,
  type HoldScope,
  parseScopeName,
  scopeName,
} from '@regfleet/fleet';
import { parseJson } from '@regfleet/model';
import { z } from 'zod';
import { epochMs } from '../redis/epoch.ts';
import { pairsOf } from '../redis/pairs.ts';

// Longer than any of ours.
const MOST_TEXT = 2_000;
const MOST_NAME = 200;

const written = z.object({
  reason: z.string().max(MOST_TEXT),
  by: z.string().max(MOST_NAME).exactOptional(),
  sinceMs: epochMs,
  untilMs: epochMs.exactOptional(),
  isImmediate: z.boolean().exactOptional(),
});

const answer = z
  .tuple([z.number(), z.number(), z.string().nullable()], z.string())
  .transform(([nowMs, isReplaced, epoch, ...entries]) => ({
    nowMs,
    isReplaced: isReplaced === 1,
    epoch: epoch ?? undefined,
    entries: pairsOf(entries),
  }));

export type StoredHolds = z.infer<typeof answer>;

export const parseAnswer = (raw: unknown): StoredHolds => answer.parse(raw);

export const fieldOf = (scope: HoldScope, cause: HoldCause): string => `${cause} ${scopeName(scope)}`;

/** What says nothing of times. */
export const holdText = ({ reason, by, isImmediate }: Pick<Hold, 'reason' | 'by' | 'isImmediate'>): string =>
  JSON.stringify({
    reason: reason.slice(0, MOST_TEXT),
    ...(by !== undefined && { by: by.slice(0, MOST_NAME) }),
    ...(isImmediate && { isImmediate }),
  });

/**
 * With times of this machine's clock.
 *
 * @returns absent for what no release of ours wrote.
 */
export function readHold(field: string, value: string, nowMs: number): Hold | undefined {
  const blank = field.indexOf(' ');
  const cause = HOLD_CAUSES.find((known) => known === field.slice(0, blank));
  const scope = parseScopeName(field.slice(blank + 1));
  const { success, data } = written.safeParse(parseJson(value));
  if (cause === undefined || scope === undefined || !success) return undefined;
  const { untilMs, ...rest } = data;
  const sinceMs = Math.min(data.sinceMs, nowMs);
  // Nobody could lift it: a command lifts those of operators, a probe those of registries.
  if (cause !== 'operator' && (scope.kind !== 'registry' || untilMs === undefined)) return undefined;
  const aheadMs = nowMs - Date.now();
  return {
    scope,
    cause,
    ...rest,
    sinceMs: sinceMs - aheadMs,
    ...(untilMs !== undefined && { untilMs: untilMs - aheadMs }),
  };
}
