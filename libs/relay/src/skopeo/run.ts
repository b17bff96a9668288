import { exhausted } from '@regfleet/registry';
import { type ProcessOptions, type ProcessResult, runProcess } from './process.ts';
import { skopeoUnavailable } from './unavailable.ts';

/**
 * Runs skopeo to its end, whatever that is.
 *
 * @throws {SyncError} `RELAY_UNAVAILABLE` when it cannot be started, `NETWORK_FAILED` when this machine lacks what that takes; the
 *   abort reason after an abort.
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
    const lack = exhausted(error, `run skopeo as "${binary}"`);
    if (lack !== undefined) throw lack;
    throw skopeoUnavailable(binary, error instanceof Error ? error.message : String(error), error);
  }
}
