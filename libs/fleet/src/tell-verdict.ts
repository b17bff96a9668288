import { type Logger, toSyncError } from '@regfleet/model';
import type { CopyConsumerOptions } from './consumers.ts';
import type { CopyJob } from './copies.ts';
import type { CopyVerdict } from './verdict.ts';

/** Tells a process of a verdict that stands. What its listener fails with ends in the log: a metric must not fail a copy. */
export function tellVerdict(
  job: CopyJob,
  verdict: CopyVerdict,
  durationMs: number,
  { onVerdict, logger }: Pick<CopyConsumerOptions, 'onVerdict'> & { readonly logger: Logger },
): void {
  tellBug(job.jobId, verdict, logger);
  if (verdict.verdict === 'drop') return;
  try {
    onVerdict?.(job, verdict, durationMs);
  } catch (error) {
    logger.error({ error: toSyncError(error) }, 'a listener of copies failed');
  }
}

/** Logs with its stack what should not have happened. */
export function tellBug(jobId: string, verdict: CopyVerdict, logger: Logger): void {
  if ('error' in verdict && verdict.error?.code === 'INTERNAL')
    logger.error({ jobId, verdict: verdict.verdict, err: verdict.error }, 'a bug of ours');
}
