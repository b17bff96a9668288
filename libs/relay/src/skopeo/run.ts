import { type ProcessOptions, type ProcessResult, runProcess } from './process.ts';
import { skopeoUnavailable } from './unavailable.ts';

/**
 * Runs skopeo to its end, whatever that is.
 *
 * @throws {SyncError} `RELAY_UNAVAILABLE` when it cannot be started; the abort reason after an abort.
 */
export async function runSkopeo(
  binary: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  try {
    return await runProcess(binary, args, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw skopeoUnavailable(binary, error instanceof Error ? error.message : String(error), error);
  }
}
