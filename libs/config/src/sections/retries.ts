import type { RetryPolicy } from '../model.ts';
import type { RetriesSection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** A retry policy; what the section leaves out comes from `fallback`. */
export function readRetries(
  section: RetriesSection | undefined,
  fallback: RetryPolicy,
  { report }: ParseContext,
): RetryPolicy {
  if (section === undefined) return fallback;
  const { attempts, backoff, 'max-backoff': maxBackoff } = section.fields;
  const policy = {
    attempts: attempts?.value ?? fallback.attempts,
    backoffMs: backoff?.value ?? fallback.backoffMs,
    maxBackoffMs: maxBackoff?.value ?? Math.max(fallback.maxBackoffMs, backoff?.value ?? 0),
  };
  if (policy.attempts < 1) {
    report.error(placeOf(section, 'attempts'), {
      rule: 'retries-attempts-invalid',
      message: `attempts must be 1 or more, not ${policy.attempts}`,
      hint: '1 means that a failed copy is not tried again in the same run',
    });
  }
  if (policy.backoffMs < 0) {
    report.error(placeOf(section, 'backoff'), {
      rule: 'retries-backoff-invalid',
      message: 'backoff must not be negative',
      hint: 'write a duration such as 10s',
    });
  }
  if (policy.maxBackoffMs < policy.backoffMs) {
    report.error(placeOf(section, 'max-backoff'), {
      rule: 'retries-max-backoff-invalid',
      message: 'max-backoff is shorter than backoff',
      hint: 'make it at least as long as backoff',
    });
  }
  return policy;
}
