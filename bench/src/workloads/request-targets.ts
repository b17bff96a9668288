import type { Count, Measurements } from '../result.ts';
import { countOf } from '../statistics.ts';
import { atMost, type Target } from '../targets.ts';

export function noRepeatedGets(measured: Measurements): Target {
  const count = countOf(measured, 'regfleet sync');
  return atMost('no digest fetched twice from the source', count?.repeatedSourceGets ?? Number.NaN, 0);
}

// Listings, and what it takes to be let in.
const BESIDES = new Set(['GET tags', 'GET catalog', 'GET ping', 'GET token']);

/** Exactly one HEAD a side for each tag; nothing else but listings and auth. */
export function twoHeadsPerTag(measured: Measurements, variant?: string, tags = measured.tags): Target {
  const count = countOf(measured, 'regfleet sync', variant);
  const heads = headsOf(count?.source) + headsOf(count?.target);
  const others = [...othersOf(count?.source), ...othersOf(count?.target)];
  return {
    wanted: 'exactly 2 HEADs per tag, besides them listings and auth only',
    measured: `${heads / tags} HEADs per tag${others.length === 0 ? '' : `, and ${others.join(', ')}`}`,
    isMet: headsOf(count?.source) === tags && headsOf(count?.target) === tags && others.length === 0,
  };
}

type Summary = Count['source'] | undefined;

const headsOf = (summary: Summary): number => summary?.['HEAD manifest'] ?? 0;

const othersOf = (summary: Summary = {}): string[] =>
  Object.keys(summary).filter((kind) => kind !== 'HEAD manifest' && !BESIDES.has(kind));
