import type { ListerLimits } from '../model.ts';
import type { ConfigSection } from '../schema/config.ts';
import { DEFAULT_CACHE_DURATION_MS, DEFAULT_MAX_ITEMS } from '../schema/globals.ts';
import type { ParseContext } from './context.ts';

/** 0 and absence are the default, negative is without limit or cache. */
export function readListerLimits(config: ConfigSection, { report }: ParseContext): ListerLimits {
  const { maxItems, cacheDuration } = config.fields.lister?.value.fields ?? {};
  if (maxItems !== undefined && maxItems.value < 0) {
    report.warning(maxItems.at, {
      rule: 'lister-unlimited',
      message: 'repository lists have no limit',
      hint: 'large registries list for a long time; write a number above 0 to stop earlier',
    });
  }
  if (cacheDuration !== undefined && cacheDuration.value < 0) {
    report.warning(cacheDuration.at, {
      rule: 'lister-uncached',
      message: 'repository lists are not cached',
      hint: 'every mapping with a regex: in from lists again; write a duration to keep lists',
    });
  }
  const limit = maxItems?.value || DEFAULT_MAX_ITEMS;
  const cacheDurationMs = cacheDuration?.value || DEFAULT_CACHE_DURATION_MS;
  return { ...(limit > 0 && { maxItems: limit }), cacheDurationMs: Math.max(0, cacheDurationMs) };
}
