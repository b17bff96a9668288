import { DEFAULT_PEER_LIMITS, type PeerLimits } from '@regfleet/model';
import type { ConfigSection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

const MIN_WINDOW_MS = 1_000;

/** What absent keys of `limits` mean is here, too. */
export function readLimits(config: ConfigSection, { report }: ParseContext): PeerLimits {
  const section = config.fields.limits?.value;
  if (section === undefined) return DEFAULT_PEER_LIMITS;
  const fields = section.fields;
  const limits = {
    minBytesPerSecond: fields['min-rate']?.value ?? DEFAULT_PEER_LIMITS.minBytesPerSecond,
    minRateWindowMs: fields['min-rate-window']?.value ?? DEFAULT_PEER_LIMITS.minRateWindowMs,
    maxTags: fields['max-tags']?.value ?? DEFAULT_PEER_LIMITS.maxTags,
  };
  if (limits.minBytesPerSecond < 0) {
    report.error(placeOf(section, 'min-rate'), {
      rule: 'min-rate-invalid',
      message: `min-rate must be 0 or more, not ${limits.minBytesPerSecond}`,
      hint: 'write bytes a second, or 0 to wait however slow a registry is',
    });
  }
  if (limits.minRateWindowMs < MIN_WINDOW_MS) {
    report.error(placeOf(section, 'min-rate-window'), {
      rule: 'min-rate-window-invalid',
      message: 'min-rate-window must be 1s or more',
      hint: 'write a duration such as 1m',
    });
  }
  if (limits.maxTags < 1) {
    report.error(placeOf(section, 'max-tags'), {
      rule: 'max-tags-invalid',
      message: `max-tags must be 1 or more, not ${limits.maxTags}`,
      hint: 'leave the key out for the usual limit',
    });
  }
  return limits;
}

/** Absent: it depends on what is done. */
export function readGiveUpAfterMs(config: ConfigSection, { report }: ParseContext): number | undefined {
  const section = config.fields.limits?.value;
  const giveUpAfterMs = section?.fields['give-up-after']?.value;
  if (section !== undefined && giveUpAfterMs !== undefined && giveUpAfterMs < 0) {
    report.error(placeOf(section, 'give-up-after'), {
      rule: 'give-up-after-invalid',
      message: 'give-up-after must not be negative',
      hint: 'write a duration such as 30m, or 0s for images that are to fail at once',
    });
  }
  return giveUpAfterMs;
}
