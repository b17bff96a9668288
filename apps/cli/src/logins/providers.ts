import type { Task } from '@regfleet/config';
import { type SerialisedSyncError, type Side, toSyncError } from '@regfleet/model';
import type { Registries } from '@regfleet/registry';
import { plainRepository } from './plain-repository.ts';
import { taskEnds } from './task-ends.ts';

/** Who gives the credentials for one side of a task. */
export interface AnsweringProvider {
  readonly side: Side;
  readonly registry: string;
  /** `anonymous` where nobody holds anything; absent: whoever was asked failed. */
  readonly provider?: string;
  readonly error?: SerialisedSyncError;
}

/** The providers that answer for the source and each target, for the first repository that is named. Never rejects, but when aborted. */
export function providersOf(
  task: Task,
  registries: Registries,
  signal: AbortSignal,
): Promise<AnsweringProvider[]> {
  return Promise.all(
    taskEnds(task).map(async ({ task: one, side }) => {
      const registry = one[side].registry.text;
      try {
        const repository = await plainRepository(one, side);
        return { side, registry, provider: await registries.provider(one[side], { repository, signal }) };
      } catch (cause) {
        signal.throwIfAborted();
        return { side, registry, error: toSyncError(cause).located({ registry, side }).toJSON() };
      }
    }),
  );
}

/** The same for a reader. */
export function loginLine({ side, registry, provider, error }: AnsweringProvider): string {
  const by = provider === 'anonymous' ? provider : `credentials by ${provider}`;
  return `${side} ${registry}: ${error === undefined ? by : `no credentials: ${error.code}`}`;
}
